// Command listen answers on the TCP addresses it is given: the other end of a connection that a test tries.
package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	failed := make(chan error)
	for _, address := range os.Args[1:] {
		go func() { failed <- serve(address) }()
	}
	fmt.Fprintln(os.Stderr, <-failed)
	os.Exit(1)
}

func serve(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer connection.Close()
			_, _ = fmt.Fprintln(connection, "hello")
		}()
	}
}
