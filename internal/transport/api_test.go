package transport_test

import (
	"errors"
	"testing"

	"github.com/confab-go/confab"
)

// A request tells by itself whether its ids and its query are fit to be sent.
func TestRequestCheck(t *testing.T) {
	t.Parallel()
	for id, ok := range map[string]bool{"a": true, "": false, "a/b": false} {
		if err := send.With(id).Check(); (err == nil) != ok || err != nil && !errors.Is(err, confab.ErrInvalid) {
			t.Errorf("%q: got %v", id, err)
		}
	}
	if err := send.With("a").Query(confab.Meta{}).Check(); err == nil {
		t.Error("a query that is no struct passes")
	}
}
