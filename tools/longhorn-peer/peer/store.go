package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/longhorn/backupstore"
	"github.com/longhorn/backupstore/backupbackingimage"
	"github.com/longhorn/backupstore/types"
)

func inspect(arguments []string) (any, error) {
	if len(arguments) != 1 {
		return nil, wrongUsage("inspect takes a backup URL")
	}
	return backupbackingimage.InspectBackupBackingImage(arguments[0])
}

func list(arguments []string) (any, error) {
	if len(arguments) != 1 {
		return nil, wrongUsage("list takes a target URL")
	}
	driver, err := backupstore.GetBackupStoreDriver(arguments[0])
	if err != nil {
		return nil, err
	}
	names, err := backupbackingimage.GetAllBackupBackingImageNames(driver)
	return map[string][]string{"names": names}, err
}

func remove(arguments []string) (any, error) {
	if len(arguments) != 1 {
		return nil, wrongUsage("remove takes a backup URL")
	}
	return map[string]string{"removed": arguments[0]}, backupbackingimage.RemoveBackingImageBackup(arguments[0])
}

// lock holds a lock on all image backups of a store. It prints {"lock": name} once it has it, and {} when it let it go.
func lock(arguments []string) (any, error) {
	kinds := map[string]backupstore.LockType{"backup": backupstore.BACKUP_LOCK, "deletion": backupstore.DELETION_LOCK}
	if len(arguments) != 2 || kinds[arguments[1]] == backupstore.UNTYPED_LOCK {
		return nil, wrongUsage("lock takes a target URL, and backup or deletion")
	}
	driver, err := backupstore.GetBackupStoreDriver(arguments[0])
	if err != nil {
		return nil, err
	}
	held, err := backupstore.New(driver, types.BackupBackingImageLockName, kinds[arguments[1]])
	if err != nil {
		return nil, err
	}
	if err := held.Lock(); err != nil {
		return nil, err
	}
	fmt.Printf("{\"lock\":%q}\n", held.Name)
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return nil, err
	}
	return struct{}{}, held.Unlock()
}

// marshalMaps reads a JSON list of maps from stdin, each a list of pairs in base64 so that nothing is lost on the way,
// and answers with the list of their Go JSON, again in base64.
func marshalMaps([]string) (any, error) {
	var maps [][][2]string
	if err := json.NewDecoder(os.Stdin).Decode(&maps); err != nil {
		return nil, err
	}
	encoded := make([]string, len(maps))
	for i, pairs := range maps {
		values := map[string]string{}
		for _, pair := range pairs {
			key, keyErr := base64.StdEncoding.DecodeString(pair[0])
			value, valueErr := base64.StdEncoding.DecodeString(pair[1])
			if keyErr != nil || valueErr != nil {
				return nil, fmt.Errorf("map %d is not in base64", i)
			}
			values[string(key)] = string(value)
		}
		text, err := json.Marshal(values)
		if err != nil {
			return nil, err
		}
		encoded[i] = base64.StdEncoding.EncodeToString(text)
	}
	return map[string][]string{"encoded": encoded}, nil
}
