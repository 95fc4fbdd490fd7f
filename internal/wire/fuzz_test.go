package wire_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab/internal/wire"
)

// Whatever stands in the place of an optional value, what is read of it is what
// encoding/json reads, and it is missing where that fails.
func FuzzOptional(f *testing.F) {
	for _, text := range []string{`null`, `true`, `false`, `1`, `-0`, `1.0`, `1e2`, `1e400`, `9223372036854775808`, `"1"`, `"true"`, `[]`, `{}`, ` 7 `} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if !json.Valid(text) {
			return
		}
		same[bool](t, text)
		same[int](t, text)
		same[float64](t, text)
	})
}

func same[T bool | int | float64](t *testing.T, text []byte) {
	t.Helper()
	var want *T
	if json.Unmarshal(text, &want) != nil {
		want = nil
	}
	got := wire.Optional[T]{Value: new(T)}
	if err := json.Unmarshal(text, &got); err != nil || !cmp.Equal(got.Value, want) {
		t.Errorf("%s was read as %v, %v, want %v", text, got.Value, err, want)
	}
}
