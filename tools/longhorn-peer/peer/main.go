// Command longhorn-peer drives Longhorn's own backupstore library, so that another implementation of its format can be
// judged by it. Every command prints its result as a line of JSON on stdout. Exit status: 0 done, 1 failed (the line has
// "error"), 2 wrong usage, 3 a backup of that name is there already and nothing was done.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/sirupsen/logrus"

	_ "github.com/longhorn/backupstore/azblob"
	_ "github.com/longhorn/backupstore/cifs"
	_ "github.com/longhorn/backupstore/nfs"
	_ "github.com/longhorn/backupstore/s3"
	_ "github.com/longhorn/backupstore/vfs"
)

const usage = `usage: longhorn-peer COMMAND
  backup [flags] FILE NAME TARGET_URL [lz4|gzip|none] [CONCURRENCY]
      -mapping sparse|dense   windows that hold data (SEEK_DATA), or all of them (default sparse)
      -checksum V             "sha512" computes the file's (default), "none" records none, else V is recorded
      -label KEY=VALUE        may be repeated
      -secret NAME -secret-namespace NAMESPACE
      -created TIME           RFC 3339 (default now)
      -concurrency N          the same as CONCURRENCY (default 1)
      -interrupt              fail the first read: leaves a backup in progress, as a crash does
  restore [-concurrency N] BACKUP_URL FILE [CONCURRENCY]
  inspect BACKUP_URL
  list TARGET_URL
  remove BACKUP_URL
  lock TARGET_URL backup|deletion     held until stdin ends
Credentials come from the environment, by Longhorn's names. LONGHORN_PEER_LOG=1 shows the library's log on stderr.
`

type (
	usageError  struct{ error }
	existsError struct{ error }
)

var commands = map[string]func(arguments []string) (any, error){
	"backup":  backup,
	"restore": restore,
	"inspect": inspect,
	"list":    list,
	"remove":  remove,
	"lock":    lock,
	"json":    marshalMaps, // for the tests of a Go-equal JSON writer
}

func main() {
	if os.Getenv("LONGHORN_PEER_LOG") == "" {
		logrus.SetOutput(io.Discard)
	}
	if len(os.Args) < 2 || commands[os.Args[1]] == nil {
		fmt.Fprint(os.Stderr, usage)
		os.Exit(2)
	}
	result, err := commands[os.Args[1]](os.Args[2:])
	if err != nil {
		result = map[string]string{"error": err.Error()}
	}
	if printErr := json.NewEncoder(os.Stdout).Encode(result); printErr != nil {
		fmt.Fprintln(os.Stderr, printErr)
		os.Exit(1)
	}
	os.Exit(exitStatus(err))
}

func exitStatus(err error) int {
	var wrongUsage usageError
	var exists existsError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &wrongUsage):
		fmt.Fprint(os.Stderr, usage)
		return 2
	case errors.As(err, &exists):
		return 3
	default:
		return 1
	}
}

func wrongUsage(format string, values ...any) error {
	return usageError{fmt.Errorf(format, values...)}
}
