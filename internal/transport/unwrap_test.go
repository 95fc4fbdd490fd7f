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

// Protects responses that begin with a byte order mark: whoever looks at the body sees
// it without the mark, in a success, an error object inside it and an error response.
func TestByteOrderMark(t *testing.T) {
	t.Parallel()
	const mark = "\ufeff"
	list := transport.Route{Method: http.MethodGet, Path: "/things", Requires: "Items"}
	for body, count := range map[string]int{`{"items":[]}`: 0, `{"items":[{"id":"a"}]}`: 1, `{"items":[{"id":"a"},{"id":"b"}]}`: 2} {
		client := memoryClient(t, func(*http.Request) (*http.Response, error) { return response(http.StatusOK, mark+body), nil })
		got, err := transport.Do[listed](t.Context(), client, list.With())
		if err != nil || len(got.Items) != count {
			t.Errorf("%s: got %+v, %v", body, got, err)
		}
	}
	const body = `{"code":"GONE","message":"it is gone"}`
	for _, status := range []int{http.StatusOK, http.StatusNotFound} {
		client := memoryClient(t, func(*http.Request) (*http.Response, error) { return response(status, mark+body), nil })
		var failure *confab.Error
		if err := client.Do(t.Context(), read.With("a"), new(thing)); !errors.As(err, &failure) || failure.Message != "it is gone" || string(failure.Body) != body {
			t.Errorf("status %d: got %v", status, err)
		}
	}
}
