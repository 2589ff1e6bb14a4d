package main

import (
	"fmt"
	"os"

	"zero-trust-openclaw/images/workload-tools/publish"
)

// giveDirectories hands a mounted volume to the workload: a new one belongs to root. Only the directory itself is touched,
// what is in it belongs to whoever wrote it.
func giveDirectories(paths []string, to publish.Owner) error {
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return fmt.Errorf("directory: %w", err)
		}
		if !info.IsDir() {
			return fmt.Errorf("directory: %s is not a directory", path)
		}
		// The mode first: after the change of owner it would need one more capability than it has.
		if err := os.Chmod(path, 0o700); err != nil {
			return fmt.Errorf("directory: %w", err)
		}
		if err := os.Chown(path, to.UID, to.GID); err != nil {
			return fmt.Errorf("directory: %w", err)
		}
	}
	return nil
}
