package main

import (
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"
)

// requests keeps so many requests on their way at once, each worker's next after its last.
func requests(order Order) (*result, error) {
	total := newResult()
	client, err := client(order)
	if err != nil {
		return total, err
	}
	defer client.CloseIdleConnections()
	warm := run(client, order, order.warm())
	total = run(client, order, order.length())
	// What fails at first fails too; only its time does not count.
	total.failed += warm.failed
	if warm.failure != "" {
		total.failure = warm.failure
	}
	return total, nil
}

func run(client *http.Client, order Order, length time.Duration) *result {
	total := newResult()
	results := make([]*result, order.Workers)
	started := time.Now()
	until := started.Add(length)
	var working sync.WaitGroup
	for i := range results {
		results[i] = newResult()
		working.Go(func() {
			for now := time.Now(); now.Before(until); {
				err := ask(client, order)
				then := now
				now = time.Now()
				results[i].add(now.Sub(then), err)
			}
		})
	}
	working.Wait()
	total.elapsed = time.Since(started)
	for _, one := range results {
		total.merge(one)
	}
	return total
}

func ask(client *http.Client, order Order) error {
	response, err := send(client, order)
	if err != nil {
		return err
	}
	if response.StatusCode != order.Expect {
		return fmt.Errorf("status %d, expected %d", response.StatusCode, order.Expect)
	}
	return nil
}

// once shows the answer to one request.
func once(order Order) Answer {
	client, err := client(order)
	if err != nil {
		return Answer{Error: err.Error()}
	}
	defer client.CloseIdleConnections()
	response, err := send(client, order)
	if err != nil {
		return Answer{Error: err.Error()}
	}
	return Answer{Status: response.StatusCode, Header: response.Header}
}

// send makes one request and reads the answer to its end.
func send(client *http.Client, order Order) (*http.Response, error) {
	request, err := http.NewRequest(http.MethodGet, "https://"+order.Host+order.Path, nil)
	if err != nil {
		return nil, err
	}
	for name, value := range order.Headers {
		request.Header.Set(name, value)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response, err
}
