package main

import (
	"flag"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/longhorn/backupstore/backupbackingimage"
)

type restoreResult struct {
	File      string  `json:"file"`
	SizeBytes int64   `json:"sizeBytes"`
	ElapsedMs float64 `json:"elapsedMs"` // the whole call, with the library's wait of 2 s for its lock
	DataMs    float64 `json:"dataMs"`    // from the start of its workers to its last word
}

func restore(arguments []string) (any, error) {
	flags := flag.NewFlagSet("restore", flag.ContinueOnError)
	concurrency := flags.Int("concurrency", 1, "")
	if err := flags.Parse(arguments); err != nil {
		return nil, wrongUsage("%w", err)
	}
	arguments = flags.Args()
	if len(arguments) < 2 || len(arguments) > 3 {
		return nil, wrongUsage("restore takes 2 or 3 arguments, not %d", len(arguments))
	}
	workers, err := workerCount(*concurrency, arguments, 2)
	if err != nil {
		return nil, err
	}
	file, err := filepath.Abs(arguments[1])
	if err != nil {
		return nil, err
	}

	operation := &restoreOperation{}
	start := time.Now()
	err = backupbackingimage.RestoreBackingImageBackup(
		&backupbackingimage.RestoreConfig{BackupURL: arguments[0], Filename: file, ConcurrentLimit: workers},
		operation,
	)
	if err != nil {
		return nil, err
	}
	started := time.Now()
	if err := waitUntilClosed(file); err != nil {
		return nil, err
	}
	operation.mutex.Lock()
	defer operation.mutex.Unlock()
	if operation.failure != nil {
		return nil, operation.failure
	}
	return restoreResult{
		File:      file,
		SizeBytes: operation.doneBytes,
		ElapsedMs: milliseconds(time.Since(start)),
		DataMs:    milliseconds(operation.finished.Sub(started)),
	}, nil
}

// restoreOperation is what the library calls back, from several goroutines.
type restoreOperation struct {
	mutex     sync.Mutex
	doneBytes int64
	finished  time.Time
	failure   error
}

func (operation *restoreOperation) UpdateRestoreProgress(doneBytes int, err error) {
	operation.mutex.Lock()
	defer operation.mutex.Unlock()
	operation.doneBytes, operation.finished = int64(doneBytes), time.Now()
	if err != nil {
		operation.failure = err
	}
}

// waitUntilClosed returns when this process has no handle of the file. The library reports its result before it has
// unlocked and closed, and workers may go on after a failure; closing the file is the very last it does.
func waitUntilClosed(file string) error {
	for {
		open, err := isOpen(file)
		if err != nil || !open {
			return err
		}
		time.Sleep(time.Millisecond)
	}
}

func isOpen(file string) (bool, error) {
	const handles = "/proc/self/fd"
	entries, err := os.ReadDir(handles)
	if err != nil {
		return false, err
	}
	for _, entry := range entries {
		if target, err := os.Readlink(filepath.Join(handles, entry.Name())); err == nil && target == file {
			return true, nil
		}
	}
	return false, nil
}
