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
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	header := http.Header{}
	for name, value := range order.Headers {
		header.Set(name, value)
	}
	socket, _, err := websocket.Dial(ctx, "wss://"+order.Host+order.Path, &websocket.DialOptions{HTTPClient: client, HTTPHeader: header})
	if err != nil {
		return total, err
	}
	defer socket.CloseNow()
	go discard(ctx, socket)
	for until := time.Now().Add(order.warm()); time.Now().Before(until); {
		if err := socket.Ping(ctx); err != nil {
			return total, err
		}
	}
	started := time.Now()
	until := started.Add(order.length())
	for now := started; now.Before(until); {
		err := socket.Ping(ctx)
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

// discard reads what comes, because pongs arrive only while somebody reads.
func discard(ctx context.Context, socket *websocket.Conn) {
	for {
		if _, _, err := socket.Read(ctx); err != nil {
			return
		}
	}
}
