package main

import (
	"fmt"
	"net"
	"time"
)

const (
	// between dials, so that an answer is no more than that late.
	between = 2 * time.Millisecond
	// attempt is shorter than the time after which the kernel sends again what was lost: a dial that was begun before it was let through
	// must not count as let through.
	attempt = 200 * time.Millisecond
	// sure is how many dials in a row must come out so; a busy machine may spoil one.
	sure = 3

	open   = "open"
	closed = "closed"
)

// changes dials again and again until that comes out as wanted, and says when the first dial that did was begun. It must come out otherwise
// at first, or there is no change to see.
func changes(order Order) (int64, error) {
	if order.Until != open && order.Until != closed {
		return 0, fmt.Errorf("until %q, which is neither %q nor %q", order.Until, open, closed)
	}
	if dialled(order.Dial) == order.Until {
		return 0, fmt.Errorf("it was %s at first already", order.Until)
	}
	var first time.Time
	inRow := 0
	for limit := time.Now().Add(order.length()); time.Now().Before(limit); time.Sleep(between) {
		begun := time.Now()
		if dialled(order.Dial) != order.Until {
			inRow = 0
			continue
		}
		if inRow == 0 {
			first = begun
		}
		if inRow++; inRow == sure {
			return first.UnixMilli(), nil
		}
	}
	return 0, fmt.Errorf("it was not %s within %s", order.Until, order.length())
}

func dialled(address string) string {
	connection, err := net.DialTimeout("tcp", address, attempt)
	if err != nil {
		return closed
	}
	// Ends it at once, so that thousands of them leave nothing behind.
	_ = connection.(*net.TCPConn).SetLinger(0)
	_ = connection.Close()
	return open
}
