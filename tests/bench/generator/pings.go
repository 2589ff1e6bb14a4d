package main

import (
	"context"
	"net/http"
	"time"

	"github.com/coder/websocket"
)

// pings measures how long a ping frame and its pong take on one open socket. The far end answers it by itself, whatever it uses the
// socket for.
func pings(order Order) (*result, error) {
	total := newResult()
	client, err := client(order)
	if err != nil {
		return total, err
	}
	limit := order.warm() + order.length() + patience
	client.Timeout = 0
	timed, stop := context.WithTimeout(context.Background(), limit)
	defer stop()
	ctx, cancel := context.WithCancelCause(timed)
	defer cancel(nil)
	header := http.Header{}
	for name, value := range order.Headers {
		header.Set(name, value)
	}
	socket, _, err := websocket.Dial(ctx, "wss://"+order.Host+order.Path, &websocket.DialOptions{HTTPClient: client, HTTPHeader: header})
	if err != nil {
		return total, err
	}
	defer socket.CloseNow()
	go func() { cancel(discard(ctx, socket)) }()
	for until := time.Now().Add(order.warm()); time.Now().Before(until); {
		if err := ping(ctx, socket); err != nil {
			return total, err
		}
	}
	started := time.Now()
	until := started.Add(order.length())
	for now := started; now.Before(until); {
		err := ping(ctx, socket)
		then := now
		now = time.Now()
		total.add(now.Sub(then), err)
		if err != nil {
			break
		}
	}
	total.elapsed = time.Since(started)
	return total, nil
}

// ping fails with the reason for which the socket ended, if it did.
func ping(ctx context.Context, socket *websocket.Conn) error {
	err := socket.Ping(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// discard reads what comes until the socket ends, because pongs arrive only while somebody reads.
func discard(ctx context.Context, socket *websocket.Conn) error {
	for {
		if _, _, err := socket.Read(ctx); err != nil {
			return err
		}
	}
}
