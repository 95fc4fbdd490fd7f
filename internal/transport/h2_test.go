package transport_test

import (
	"go/build"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// TestH2 protects the HTTP/2 faults by the known reactions of plain net/http. It
// replays a body that it can rewind after REFUSED_STREAM and after a GOAWAY below
// the stream. Before Go 1.27 it also does so after PROTOCOL_ERROR.
func TestH2(t *testing.T) {
	t.Parallel()
	replays := !slices.Contains(build.Default.ReleaseTags, "go1.27")
	afterProtocolError := map[bool]int{true: 2, false: 1}[replays]
	for _, test := range []struct {
		name     string
		action   h2Action
		rewinds  bool
		received int
		fails    bool
	}{
		{"response", h2Action{}, true, 1, false},
		{"PROTOCOL_ERROR", h2Action{Reset: true, Code: 1}, true, afterProtocolError, !replays},
		{"PROTOCOL_ERROR, no rewind", h2Action{Reset: true, Code: 1}, false, 1, true},
		{"REFUSED_STREAM", h2Action{Reset: true, Code: 7}, true, 2, false},
		{"INTERNAL_ERROR", h2Action{Reset: true, Code: 2}, true, 1, true},
		{"GOAWAY below", h2Action{GoAway: true}, true, 2, false},
		{"GOAWAY with it, then close", h2Action{GoAway: true, Last: 1, Close: true}, true, 1, true},
		{"close", h2Action{Close: true}, true, 1, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			server := newH2(func(n int) h2Action {
				if n == 1 {
					return test.action
				}
				return h2Action{}
			})
			defer server.Close()
			req, err := http.NewRequestWithContext(t.Context(), "POST", server.URL, strings.NewReader("body"))
			if err != nil {
				t.Fatal(err)
			}
			if !test.rewinds {
				req.GetBody = nil
			}
			resp, err := server.Client().Do(req)
			if err == nil {
				_, err = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
			if (err != nil) != test.fails || server.Received() != test.received {
				t.Errorf("%d requests received, error %v", server.Received(), err)
			}
		})
	}
}
