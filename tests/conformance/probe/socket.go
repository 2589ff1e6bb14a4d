package main

import (
	"encoding/hex"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
)

// socketAddress turns the kernel's notation, such as 0100007F:1F90, into 127.0.0.1:8080. Each group of four bytes is in host order,
// which is little-endian wherever this runs.
func socketAddress(text string) string {
	address, port, _ := strings.Cut(text, ":")
	number, err := strconv.ParseUint(port, 16, 16)
	bytes, errAddress := hex.DecodeString(address)
	if err != nil || errAddress != nil {
		return text
	}
	for group := range slices.Chunk(bytes, 4) {
		slices.Reverse(group)
	}
	return net.JoinHostPort(net.IP(bytes).String(), fmt.Sprint(number))
}
