package transport_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/config"
)

// Protects a request that follows others: its ids, its query and the key that it
// needs are checked before the first request.
func TestCheck(t *testing.T) {
	t.Parallel()
	c := memoryClient(t, func(*http.Request) (*http.Response, error) {
		t.Error("a request was sent")
		return response(200, ""), nil
	})
	for id, ok := range map[string]bool{"a": true, "": false, "a/b": false} {
		if err := c.Precheck(send.With(id)); (err == nil) != ok || err != nil && !errors.Is(err, confab.ErrInvalid) {
			t.Errorf("%q: got %v", id, err)
		}
	}
	if err := c.Precheck(send.With("a").Query(confab.Meta{})); err == nil {
		t.Error("a query that is no struct passes")
	}
	anonymous := c.With([]confab.Option{testAPI.Option("WithoutAPIKey", func(c *config.Config) error {
		c.Key = config.Key{None: true}
		return nil
	})})
	if err := anonymous.Precheck(send.With("a")); !errors.Is(err, confab.ErrNoAPIKey) {
		t.Errorf("got %v without a key", err)
	}
}
