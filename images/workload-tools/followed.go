package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// nobody is an address for documentation, which no machine has: a list without any would be refused, or mean everybody.
const nobody = "192.0.2.1/32"

// parseAddresses reads one address per line. A line that is anything else makes the whole list wrong: to leave it out
// would hide a mistake, and a range is never believed.
func parseAddresses(lines []byte) ([]string, error) {
	var found []netip.Addr
	for line := range strings.Lines(string(lines)) {
		text := strings.TrimSpace(line)
		if text == "" {
			continue
		}
		address, err := parseOne(text)
		if err != nil {
			return nil, err
		}
		found = append(found, address)
	}
	if len(found) == 0 {
		return []string{nobody}, nil
	}
	slices.SortFunc(found, netip.Addr.Compare)
	var list []string
	for _, address := range slices.Compact(found) {
		list = append(list, netip.PrefixFrom(address, address.BitLen()).String())
	}
	return list, nil
}

func parseOne(text string) (netip.Addr, error) {
	address, err := netip.ParseAddr(text)
	if err != nil {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			return address, fmt.Errorf("%.64q is not an address", text)
		}
		if !prefix.IsSingleIP() {
			return address, fmt.Errorf("%.64q is more than one address; write each as /32, or /128 for IPv6", text)
		}
		address = prefix.Addr()
	}
	if address.Zone() != "" || address.Is4In6() || !address.IsGlobalUnicast() {
		return address, fmt.Errorf("%.64q cannot be the address of a pod", text)
	}
	return address, nil
}

func checkListPath(path string) error {
	if slices.Contains(strings.Split(path, "."), "") {
		return fmt.Errorf("--list %q is not keys with dots between them, such as gateway.trustedProxies", path)
	}
	return nil
}

// setList returns a JSON object with the list under the path. Everything above the list must be there.
func setList(config []byte, path string, list []string) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(config))
	// Numbers stay as they are written.
	decoder.UseNumber()
	var top any
	if err := decoder.Decode(&top); err != nil {
		return nil, fmt.Errorf("not JSON: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("not one JSON object: something follows its end")
	}
	keys := strings.Split(path, ".")
	last := len(keys) - 1
	at, ok := top.(map[string]any)
	if !ok {
		return nil, errors.New("not a JSON object")
	}
	for i, key := range keys[:last] {
		below, there := at[key]
		where := strings.Join(keys[:i+1], ".")
		if !there {
			return nil, fmt.Errorf("there is no %s to put %s into", where, keys[i+1])
		}
		if at, ok = below.(map[string]any); !ok {
			return nil, fmt.Errorf("%s is not an object to put %s into", where, keys[i+1])
		}
	}
	if before, there := at[keys[last]]; there {
		if _, isList := before.([]any); !isList {
			return nil, fmt.Errorf("%s is not a list", path)
		}
	}
	at[keys[last]] = list
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(top); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// followEvent is one line of the log. It never holds what is in the configuration.
type followEvent struct {
	Time      string   `json:"time"`
	Log       string   `json:"log"`
	Event     string   `json:"event"`
	To        string   `json:"to"`
	Addresses []string `json:"addresses,omitempty"`
	Reason    string   `json:"reason,omitempty"`
}

type followLog struct{ out io.Writer }

func (l *followLog) write(e followEvent) {
	e.Time, e.Log = time.Now().UTC().Format(time.RFC3339Nano), "follow"
	if line, err := json.Marshal(e); err == nil {
		l.out.Write(append(line, '\n'))
	}
}
