// Command probe attacks from wherever it is started. It reads one order per line from standard input and writes one answer per line to
// standard output, many at once, until its input ends. It belongs to the tests and is deployed nowhere.
//
//	probe            carry out orders
//	probe get FILE   copy a file to standard output
//	probe put FILE   overwrite a file's content with standard input; owner and mode stay
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
)

const maxOrder = 64 << 20

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

func run(args []string, in io.Reader, out io.Writer) error {
	switch {
	case len(args) == 0:
		return serve(in, out)
	case len(args) == 2 && args[0] == "get":
		content, err := os.ReadFile(args[1])
		if err != nil {
			return err
		}
		_, err = out.Write(content)
		return err
	case len(args) == 2 && args[0] == "put":
		content, err := io.ReadAll(in)
		if err != nil {
			return err
		}
		return overwrite(args[1], content)
	default:
		return fmt.Errorf("wrong usage: %q", args)
	}
}

func overwrite(path string, content []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	if _, err := file.Write(content); err != nil {
		file.Close()
		return err
	}
	return file.Close()
}

func serve(in io.Reader, out io.Writer) error {
	var writing sync.Mutex
	var working sync.WaitGroup
	encoder := json.NewEncoder(out)
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxOrder)
	for lines.Scan() {
		var order Order
		if err := json.Unmarshal(lines.Bytes(), &order); err != nil {
			return fmt.Errorf("order: %w", err)
		}
		working.Go(func() {
			answer := order.carryOut()
			answer.ID = order.ID
			writing.Lock()
			defer writing.Unlock()
			// Nobody is left to tell if this fails.
			_ = encoder.Encode(answer)
		})
	}
	working.Wait()
	return lines.Err()
}
