package transport_test

import (
	"bytes"
	"errors"
	"net/http"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
)

// Protects results that come in a wrapping: the part that Unwrap returns is decoded
// and must have the required field, and an error shows the whole body.
func TestUnwrap(t *testing.T) {
	t.Parallel()
	route := transport.Route{
		Method: http.MethodPost, Path: "/thing", Requires: "ID",
		Unwrap: func(body []byte) []byte { return bytes.Trim(body, "<>") },
	}
	for body, want := range map[string]string{`<{"id":"a"}>`: "a", `{"id":"b"}`: "b", `<{"id":null}>`: ""} {
		client := memoryClient(t, func(*http.Request) (*http.Response, error) { return response(http.StatusOK, body), nil })
		got, err := transport.Do[thing](t.Context(), client, route.With())
		var failure *confab.Error
		switch {
		case want != "" && (err != nil || got.ID != want):
			t.Errorf("%s: got %+v, %v", body, got, err)
		case want == "" && (!errors.As(err, &failure) || string(failure.Body) != body):
			t.Errorf("%s: got %+v, %v", body, got, err)
		}
	}
}

// counted is a response that counts how often it was told of what was left out.
type counted struct {
	Items []thing `json:"items"`
	told  int
}

// LeftOut counts.
func (c *counted) LeftOut() { c.told++ }

// Protects lists that end by their length: the caller is told when elements were left
// out, and only then.
func TestLeftOut(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]int{
		`{"items":[{"id":"a"},{"id":7}]}`:                  0,
		`{"items":[{"id":"a"},null,5,{"id":"b"}]}`:         1,
		`{"items":[{"id":"a"},{"id":"b","size":"large"}]}`: 1,
	} {
		client := memoryClient(t, func(*http.Request) (*http.Response, error) { return response(http.StatusOK, body), nil })
		var got counted
		if err := client.Do(t.Context(), read.With("a"), &got); err != nil || len(got.Items) != 2 || got.told != want {
			t.Errorf("%s: got %+v, %v, want to be told %d times", body, got, err, want)
		}
	}
}
