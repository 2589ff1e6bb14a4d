package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"

	"zero-trust-openclaw/images/workload-tools/cli"
	"zero-trust-openclaw/images/workload-tools/publish"
)

const maxPut = 1 << 20

func putCommand(args []string, stdin io.Reader, stdout io.Writer) error {
	flags := flag.NewFlagSet("put", flag.ContinueOnError)
	to := flags.String("to", "", "")
	name := flags.String("name", "", "")
	if err := cli.ParseFlags(flags, args, "to", "name"); err != nil {
		return err
	}
	content, err := io.ReadAll(io.LimitReader(stdin, maxPut+1))
	if err != nil {
		return fmt.Errorf("standard input: %w", err)
	}
	if len(content) > maxPut {
		return errors.New("standard input holds more than 1 MiB, the most a file may have")
	}
	result, err := put(*to, *name, content)
	if err != nil {
		return err
	}
	return json.NewEncoder(stdout).Encode(result)
}

// put publishes the current files again with one of them changed. Which files there are, and whose, is the manifest's.
func put(to, name string, content []byte) (*installResult, error) {
	target, err := publish.Open(to)
	if err != nil {
		return nil, err
	}
	defer target.Close()

	files, owner, err := target.Files()
	if err != nil {
		return nil, err
	}
	if _, there := files[name]; !there {
		return nil, fmt.Errorf("%q is not among the files published in %s: only a file that was installed there can be replaced", name, to)
	}
	files[name] = content
	result, err := target.Publish(files, owner)
	if err != nil {
		return nil, err
	}
	return &installResult{Installed: len(files), Generation: result.Generation, Changed: result.Changed}, nil
}
