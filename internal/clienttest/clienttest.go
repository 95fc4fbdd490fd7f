// Package clienttest has helpers for the tests of the three clients.
package clienttest

import (
	"encoding/json"
	"errors"
	"io"
	"iter"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jarcoal/httpmock"

	"github.com/confab-go/confab"
)

// Mock returns a client over responders. Any other request fails the test.
func Mock[C any](t *testing.T, newClient func(...confab.Option) (*C, error), opts ...confab.Option) (*C, *httpmock.MockTransport) {
	t.Helper()
	mock := httpmock.NewMockTransport()
	mock.RegisterNoResponder(httpmock.NewNotFoundResponder(t.Error))
	client, err := newClient(append([]confab.Option{
		confab.WithHTTPClient(&http.Client{Transport: mock}),
		confab.WithRetryWait(time.Nanosecond, time.Second),
	}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	return client, mock
}

// Respond returns a responder with a body of a media type.
func Respond(status int, contentType, body string) httpmock.Responder {
	return func(req *http.Request) (*http.Response, error) {
		resp := httpmock.NewStringResponse(status, body)
		resp.Header.Set("Content-Type", contentType)
		resp.Request = req
		return resp, nil
	}
}

// RespondJSON returns a responder with a JSON body and status code 200.
func RespondJSON(body string) httpmock.Responder {
	return Respond(http.StatusOK, "application/json", body)
}

// ReadBody returns the body of a request.
func ReadBody(t *testing.T, req *http.Request) string {
	t.Helper()
	if req.Body == nil {
		return ""
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		t.Error(err)
	}
	return string(body)
}

// SameJSON compares two texts as JSON values.
func SameJSON(t *testing.T, got, want string) {
	t.Helper()
	var g, w any
	if err := json.Unmarshal([]byte(got), &g); err != nil && got != want {
		t.Errorf("got %q, which is not JSON", got)
		return
	}
	if err := json.Unmarshal([]byte(want), &w); err != nil && got != want {
		t.Errorf("want %q, which is not JSON", want)
	}
	Diff(t, w, g)
}

// Diff compares two values.
func Diff(t *testing.T, want, got any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
}

// RoundTrip checks that a value written as JSON reads back unchanged.
func RoundTrip[T any](t *testing.T, value T) {
	t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	var back T
	if err := json.Unmarshal(data, &back); err != nil {
		t.Fatal(err)
	}
	Diff(t, value, back)
}

// Gather returns the values of an iterator and its error.
func Gather[T any](seq iter.Seq2[T, error]) (all []T, err error) {
	for item, e := range seq {
		if e != nil {
			err = errors.Join(err, e)
			continue
		}
		all = append(all, item)
	}
	return all, err
}

// Bodies is a RoundTripper that counts the open response bodies.
type Bodies struct {
	http.RoundTripper
	Opened, Open atomic.Int64
}

// RoundTrip counts the response's body until it is closed.
func (b *Bodies) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.RoundTripper.RoundTrip(req)
	if err == nil {
		b.Opened.Add(1)
		b.Open.Add(1)
		resp.Body = &countedBody{ReadCloser: resp.Body, count: &b.Open}
	}
	return resp, err
}

type countedBody struct {
	io.ReadCloser
	count *atomic.Int64
	once  sync.Once
}

func (b *countedBody) Close() error {
	b.once.Do(func() { b.count.Add(-1) })
	return b.ReadCloser.Close()
}
