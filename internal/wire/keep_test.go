package wire_test

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/confab-go/confab/internal/wire"
)

// halves decodes the numbers of a list, and returns an error for other elements.
type halves []int

// UnmarshalJSON keeps the numbers of a list.
func (h *halves) UnmarshalJSON(data []byte) error {
	*h = nil
	var all []any
	if err := json.Unmarshal(data, &all); err != nil {
		return err
	}
	for _, value := range all {
		number, ok := value.(float64)
		if !ok {
			return errors.New("not a number")
		}
		*h = append(*h, int(number))
	}
	return nil
}

// Protects what a type's own UnmarshalJSON has decoded before it returned an
// error: it is kept beside its siblings, and the path is reported.
func TestDecodeKeepsWhatWasRead(t *testing.T) {
	t.Parallel()
	var got struct {
		Numbers halves `json:"numbers"`
		Name    string `json:"name"`
	}
	odd, err := wire.Decode([]byte(`{"numbers":[1,2,"x"],"name":"n"}`), &got)
	if err != nil || !slices.Equal(odd, []string{"numbers"}) || !slices.Equal(got.Numbers, halves{1, 2}) || got.Name != "n" {
		t.Errorf("got %+v, %q, %v", got, odd, err)
	}
}
