// Command generator makes load from wherever it is started, and measures it. It reads one order per line from standard input and writes
// one answer per line to standard output, one after the other, until its input ends. It belongs to the benchmark and is deployed nowhere.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
)

const maxOrder = 1 << 20

func main() {
	if err := serve(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "generator:", err)
		os.Exit(1)
	}
}

func serve(in io.Reader, out io.Writer) error {
	encoder := json.NewEncoder(out)
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), maxOrder)
	for lines.Scan() {
		var order Order
		if err := json.Unmarshal(lines.Bytes(), &order); err != nil {
			return fmt.Errorf("order: %w", err)
		}
		if err := encoder.Encode(carryOut(order)); err != nil {
			return err
		}
	}
	return lines.Err()
}

func carryOut(order Order) Answer {
	if order.Once {
		return once(order)
	}
	if order.Until != "" {
		at, err := changes(order)
		return Answer{At: at, Error: message(err)}
	}
	measure := requests
	if order.WebSocket {
		measure = pings
	}
	result, err := measure(order)
	answer := result.answer()
	answer.Error = message(err)
	return answer
}

func message(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
