package transport_test

import (
	"bytes"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/transport"
)

// Protects wrapped results: the part that Unwrap returns is decoded and must have
// the required field. An error shows the whole body.
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

// listed is a response that keeps the paths that were left out.
type listed struct {
	Items []thing `json:"items"`
	odd   []string
}

// LeftOut keeps the paths.
func (l *listed) LeftOut(odd []string) { l.odd = odd }

// Protects lists that end by their length: the response type learns which elements
// were left out.
func TestLeftOut(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"items":[{"id":"a"},{"id":7}]}`:                  "",
		`{"items":[{"id":"a"},null,5,{"id":"b"}]}`:         "items[1] items[2]",
		`{"items":[{"id":"a"},{"id":"b","size":"large"}]}`: "items[1].size",
	} {
		client := memoryClient(t, func(*http.Request) (*http.Response, error) { return response(http.StatusOK, body), nil })
		var got listed
		if err := client.Do(t.Context(), read.With("a"), &got); err != nil || len(got.Items) != 2 || strings.Join(got.odd, " ") != want {
			t.Errorf("%s: got %+v, %v, want the paths %q", body, got, err, want)
		}
	}
}
