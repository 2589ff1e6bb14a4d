package main

import (
	"context"
	"errors"
	"time"

	processing "github.com/envoyproxy/go-control-plane/envoy/service/ext_proc/v3"
	envoytype "github.com/envoyproxy/go-control-plane/envoy/type/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Envoy sends the request's headers with the opening of the stream; whoever does not is not Envoy.
const firstMessage = 5 * time.Second

// processor holds one gRPC stream for each WebSocket. Envoy keeps it open as long as the WebSocket, because the filter
// waits for response trailers, and cuts the WebSocket when the stream ends with an error. No frame passes through here.
type processor struct {
	processing.UnimplementedExternalProcessorServer
	administrator *administrator
}

type received struct {
	message *processing.ProcessingRequest
	err     error
}

func (p *processor) Process(stream processing.ExternalProcessor_ProcessServer) error {
	messages := receive(stream)
	var first received
	select {
	case first = <-messages:
	case <-time.After(firstMessage):
		return status.Error(codes.DeadlineExceeded, "no request headers came")
	}
	if first.err != nil {
		return nil
	}
	if first.message.GetRequestHeaders() == nil {
		return status.Error(codes.InvalidArgument, "a stream begins with request headers")
	}
	who, err := newIdentity(first.message.GetMetadataContext(), first.message.GetAttributes())
	if err != nil {
		p.administrator.journal.write(about("refused", who, err.Error()))
		return stream.Send(forbidden(envoytype.StatusCode_Forbidden))
	}
	open, err := p.administrator.open(who)
	if errors.Is(err, errFull) {
		return stream.Send(forbidden(envoytype.StatusCode_ServiceUnavailable))
	}
	if err != nil {
		return stream.Send(forbidden(envoytype.StatusCode_Forbidden))
	}
	defer p.administrator.forget(open)
	if err := stream.Send(goOn()); err != nil {
		return err
	}
	return p.hold(stream, messages, open)
}

// hold returns when the WebSocket ended by itself, and with an error when it must end.
func (p *processor) hold(stream processing.ExternalProcessor_ProcessServer, messages <-chan received, open *socket) error {
	for {
		select {
		// The WebSocket's own end. The receiver may see it first and stop without a word.
		case <-stream.Context().Done():
			return nil
		case reason := <-open.cut:
			p.administrator.journal.write(about("cut", open.who, reason))
			return status.Error(codes.PermissionDenied, "ended by the policy administrator")
		case next := <-messages:
			if next.err != nil {
				return nil
			}
			if next.message.GetResponseTrailers() == nil {
				return status.Error(codes.InvalidArgument, "only response trailers follow the request headers")
			}
			if err := stream.Send(trailersPass()); err != nil {
				return err
			}
		}
	}
}

// receive ends with the stream's context, which ends when Process returns.
func receive(stream processing.ExternalProcessor_ProcessServer) <-chan received {
	messages := make(chan received)
	go func(done context.Context) {
		for {
			message, err := stream.Recv()
			select {
			case messages <- received{message, err}:
			case <-done.Done():
				return
			}
			if err != nil {
				return
			}
		}
	}(stream.Context())
	return messages
}

func goOn() *processing.ProcessingResponse {
	return &processing.ProcessingResponse{Response: &processing.ProcessingResponse_RequestHeaders{
		RequestHeaders: &processing.HeadersResponse{},
	}}
}

func trailersPass() *processing.ProcessingResponse {
	return &processing.ProcessingResponse{Response: &processing.ProcessingResponse_ResponseTrailers{
		ResponseTrailers: &processing.TrailersResponse{},
	}}
}

// forbidden answers the request instead of the workload. The reason is for the log, not for the client.
func forbidden(code envoytype.StatusCode) *processing.ProcessingResponse {
	return &processing.ProcessingResponse{Response: &processing.ProcessingResponse_ImmediateResponse{
		ImmediateResponse: &processing.ImmediateResponse{
			Status:  &envoytype.HttpStatus{Code: code},
			Body:    []byte("access denied\n"),
			Details: "policy_administrator_refused",
		},
	}}
}
