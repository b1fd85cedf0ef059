package main

import (
	"crypto/sha512"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/longhorn/backupstore"
	"github.com/longhorn/backupstore/backupbackingimage"
	"github.com/longhorn/backupstore/common"
	lhbackup "github.com/longhorn/go-common-libs/backup"
)

type backupResult struct {
	URL       string  `json:"url"`
	SizeBytes int64   `json:"sizeBytes"`
	Windows   int     `json:"windows"`
	ElapsedMs float64 `json:"elapsedMs"` // the whole call, with the library's wait of 2 s for its lock
	DataMs    float64 `json:"dataMs"`    // from the start of its workers to the written config
}

func backup(arguments []string) (any, error) {
	var labels labelsFlag
	flags := flag.NewFlagSet("backup", flag.ContinueOnError)
	mapKind := flags.String("mapping", "sparse", "")
	checksum := flags.String("checksum", "sha512", "")
	secret := flags.String("secret", "", "")
	secretNamespace := flags.String("secret-namespace", "", "")
	created := flags.String("created", time.Now().UTC().Format(time.RFC3339), "")
	concurrency := flags.Int("concurrency", 1, "")
	interrupt := flags.Bool("interrupt", false, "")
	flags.Var(&labels, "label", "")
	if err := flags.Parse(arguments); err != nil {
		return nil, wrongUsage("%w", err)
	}
	arguments = flags.Args()
	if len(arguments) < 3 || len(arguments) > 5 {
		return nil, wrongUsage("backup takes 3 to 5 arguments, not %d", len(arguments))
	}
	method := "lz4"
	if len(arguments) > 3 {
		method = arguments[3]
	}
	workers, err := workerCount(*concurrency, arguments, 4)
	if err != nil {
		return nil, err
	}

	file, err := os.Open(arguments[0])
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	mappings, err := mapFile(file, info.Size(), *mapKind)
	if err != nil {
		return nil, err
	}
	if *checksum, err = checksumOf(file, *checksum); err != nil {
		return nil, err
	}

	operation := &backupOperation{file: file, interrupt: *interrupt, closed: make(chan struct{})}
	start := time.Now()
	err = backupbackingimage.CreateBackingImageBackup(
		&backupbackingimage.BackupConfig{
			Name:            arguments[1],
			DestURL:         arguments[2],
			ConcurrentLimit: workers,
			Parameters: map[string]string{
				lhbackup.LonghornBackupBackingImageParameterSecret:          *secret,
				lhbackup.LonghornBackupBackingImageParameterSecretNamespace: *secretNamespace,
			},
		},
		&backupbackingimage.BackupBackingImage{
			Name:              arguments[1],
			Size:              info.Size(),
			Checksum:          *checksum,
			Labels:            labels,
			CompressionMethod: method,
			CreatedTime:       *created,
		},
		operation,
		mappings,
	)
	if err != nil {
		return nil, err
	}
	if operation.existed() {
		return nil, existsError{fmt.Errorf("there is a backup %s in %s already", arguments[1], arguments[2])}
	}
	<-operation.closed // the library's last act, after its lock is gone
	if operation.failure != "" {
		return nil, fmt.Errorf("%s", operation.failure)
	}
	return backupResult{
		URL:       operation.url,
		SizeBytes: info.Size(),
		Windows:   len(mappings.Mappings),
		ElapsedMs: milliseconds(time.Since(start)),
		DataMs:    milliseconds(operation.finished.Sub(operation.started)),
	}, nil
}

// backupOperation is what the library calls back, from several goroutines.
type backupOperation struct {
	file      *os.File
	interrupt bool
	closed    chan struct{}

	mutex             sync.Mutex
	started, finished time.Time
	url, failure      string
}

func (operation *backupOperation) ReadFile(start int64, data []byte) error {
	if operation.interrupt {
		return fmt.Errorf("interrupted, as asked")
	}
	_, err := operation.file.ReadAt(data, start)
	return err
}

func (operation *backupOperation) CloseFile() {
	_ = operation.file.Close()
	close(operation.closed)
}

// UpdateBackupProgress ignores the percentage, which the library counts wrong for small images. The first call says that
// the workers start; one with a URL, or with an error, is the last.
func (operation *backupOperation) UpdateBackupProgress(_ string, _ int, url string, failure string) {
	operation.mutex.Lock()
	defer operation.mutex.Unlock()
	if operation.started.IsZero() && url == "" && failure == "" {
		operation.started = time.Now()
	}
	if url != "" || failure != "" {
		operation.finished = time.Now()
		operation.url, operation.failure = url, failure
	}
}

// existed tells whether the library found the name taken: it then reports a URL without ever starting a worker.
func (operation *backupOperation) existed() bool {
	operation.mutex.Lock()
	defer operation.mutex.Unlock()
	return operation.url != "" && operation.started.IsZero()
}

// mapFile lists the windows of 2 MiB to back up: all of them, or those in which the file has data.
func mapFile(file *os.File, size int64, kind string) (*common.Mappings, error) {
	const window = backupstore.DEFAULT_BLOCK_SIZE
	mappings := &common.Mappings{BlockSize: window}
	if kind != "sparse" && kind != "dense" {
		return nil, wrongUsage("-mapping is sparse or dense, not %q", kind)
	}
	for offset := int64(0); offset < size; offset += window {
		if kind == "sparse" {
			const seekData = 3
			data, err := file.Seek(offset, seekData)
			if errors.Is(err, syscall.ENXIO) {
				break // no data behind this offset
			}
			if err != nil {
				return nil, err
			}
			offset = data / window * window
		}
		mappings.Mappings = append(mappings.Mappings, common.Mapping{Offset: offset, Size: min(window, size-offset)})
	}
	return mappings, nil
}

func checksumOf(file *os.File, kind string) (string, error) {
	switch kind {
	case "none":
		return "", nil
	case "sha512":
		if _, err := file.Seek(0, io.SeekStart); err != nil {
			return "", err
		}
		hash := sha512.New()
		if _, err := io.Copy(hash, file); err != nil {
			return "", err
		}
		return hex.EncodeToString(hash.Sum(nil)), nil
	default:
		return kind, nil
	}
}

// workerCount is the argument at index, or else the flag. The library hangs, or completes a backup without blocks, when it
// is given no worker.
func workerCount(flagged int, arguments []string, index int) (int32, error) {
	text := strconv.Itoa(flagged)
	if len(arguments) > index {
		text = arguments[index]
	}
	value, err := strconv.ParseInt(text, 10, 32)
	if err != nil || value < 1 {
		return 0, wrongUsage("concurrency is a number from 1, not %q", text)
	}
	return int32(value), nil
}

// labelsFlag stays nil without a label, as Longhorn's map does.
type labelsFlag map[string]string

func (labels *labelsFlag) String() string { return fmt.Sprint(map[string]string(*labels)) }

func (labels *labelsFlag) Set(text string) error {
	key, value, found := strings.Cut(text, "=")
	if !found {
		return fmt.Errorf("%q is not KEY=VALUE", text)
	}
	if *labels == nil {
		*labels = labelsFlag{}
	}
	(*labels)[key] = value
	return nil
}

func milliseconds(duration time.Duration) float64 {
	return float64(duration.Microseconds()) / 1000
}
