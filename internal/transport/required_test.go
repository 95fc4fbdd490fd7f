package transport_test

import (
	"net/http"
	"testing"

	"github.com/confab-go/confab/internal/transport"
)

// Protects the end of a list: a required list must be a list in the response, not
// an object or a text.
func TestRequiredList(t *testing.T) {
	t.Parallel()
	route := transport.Route{Method: http.MethodGet, Path: "/things", Requires: "Items"}
	for body, ok := range map[string]bool{
		`{"items":[]}`: true, `{"items":[{"id":"a"}]}`: true, `{"items":[{"id":"a"},{}]}`: true, `{"items":[null]}`: true,
		`{}`: false, `{"items":null}`: false, `{"items":{}}`: false, `{"items":{"id":"a"}}`: false, `{"items":"a"}`: false,
	} {
		client := memoryClient(t, func(*http.Request) (*http.Response, error) { return response(http.StatusOK, body), nil })
		var list struct {
			Items []thing `json:"items"`
		}
		if err := client.Do(t.Context(), route.With(), &list); (err == nil) != ok {
			t.Errorf("%s: got %+v, %v", body, list, err)
		}
	}
}
