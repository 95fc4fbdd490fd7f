package transport_test

import (
	"errors"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/clienttest"
	"github.com/confab-go/confab/internal/transport"
)

type order string

type span struct {
	From time.Time `url:"from,omitempty"`
}

// params has a field of each kind that the params of lists use.
type params struct {
	Cursor  string      `url:"cursor,omitempty"`
	Order   order       `url:"order,omitempty"`
	Take    *int        `url:"take,omitempty"`
	Deep    *bool       `url:"deep,omitempty"`
	IDs     []string    `url:"id,comma,omitempty"`
	Orders  []order     `url:"orders,omitempty"`
	Since   time.Time   `url:"since,omitempty"`
	Until   *time.Time  `url:"until,omitempty"`
	Days    []time.Time `url:"day,omitempty"`
	Meta    confab.Meta `url:"meta,omitempty"`
	Always  int         `url:"always"`
	Flag    bool        `url:"flag,omitempty"`
	Ignored float64     `url:"-"`
	span
	Named span `url:"named,omitempty"`
}

// Protects the query strings of lists: which fields are omitted, which zero values
// are sent, and the form of each kind.
func TestQueryValues(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 1, 2, 3, 4, 5, 600, time.FixedZone("", 3600))
	for _, test := range []struct {
		name string
		in   any
		want url.Values
	}{
		{"zero", params{}, url.Values{"always": {"0"}}},
		{"pointers to zero are sent", params{Take: new(0), Deep: new(false)}, url.Values{"always": {"0"}, "take": {"0"}, "deep": {"false"}}},
		{"pointers", &params{Take: new(5), Deep: new(true)}, url.Values{"always": {"0"}, "take": {"5"}, "deep": {"true"}}},
		{"strings", params{Cursor: "a b&c", Order: "desc"}, url.Values{"always": {"0"}, "cursor": {"a b&c"}, "order": {"desc"}}},
		{"slices", params{IDs: []string{"a", "b"}, Orders: []order{"x", "y"}}, url.Values{"always": {"0"}, "id": {"a,b"}, "orders": {"x", "y"}}},
		{"empty slices", params{IDs: []string{}, Orders: []order{}}, url.Values{"always": {"0"}}},
		{"times", params{Since: at, Until: &at, Days: []time.Time{at}, span: span{From: at}}, url.Values{
			"always": {"0"}, "since": {"2026-01-02T03:04:05+01:00"}, "until": {"2026-01-02T03:04:05+01:00"},
			"day": {"2026-01-02T03:04:05+01:00"}, "from": {"2026-01-02T03:04:05+01:00"},
		}},
		{"named struct", params{Named: span{From: at}}, url.Values{"always": {"0"}, "named[from]": {"2026-01-02T03:04:05+01:00"}}},
		{"meta", params{Meta: confab.Meta{"a": "x", "b": confab.Meta{"c": true}}}, url.Values{"always": {"0"}, "meta[a]": {"x"}, "meta.b.c": {"true"}}},
		{"large number", params{Always: 1_000_000}, url.Values{"always": {"1000000"}}},
		{"url.Values", url.Values{"a": {"1", "2"}, "b": {""}}, url.Values{"a": {"1", "2"}, "b": {""}}},
		{"no params", nil, url.Values{}},
		{"nil pointer", (*params)(nil), url.Values{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := transport.QueryValues(test.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Protects the reason of a refusal. No values are returned with it.
func TestQueryValuesError(t *testing.T) {
	t.Parallel()
	got, err := transport.QueryValues(params{Meta: confab.Meta{"a": 1}})
	if !errors.Is(err, confab.ErrInvalid) || !strings.Contains(err.Error(), "meta[a]") || got != nil {
		t.Errorf("got %v, %v, want ErrInvalid that names meta[a]", got, err)
	}
	if got, err = transport.QueryValues(map[string]string{"a": "b"}); err == nil || got != nil {
		t.Errorf("got %v, %v for a map, want an error", got, err)
	}
}

// byPointer is an encoder with a pointer receiver, which a value does not have.
type byPointer struct{ From time.Time }

func (*byPointer) EncodeValues(string, *url.Values) error { return nil }

type holder[T any] struct {
	Good string
	Bad  T `url:"bad"`
}

type embedder struct{ holder[float64] }

// Protects the query structs of the three packages, which CheckQuery checks: it
// accepts exactly what is encoded as a server reads it.
func TestCheckQuery(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		params reflect.Type
		want   string // of the error, empty for none
	}{
		{"every good kind", reflect.TypeFor[params](), ""},
		{"no fields", reflect.TypeFor[struct{}](), ""},
		{"pointer to an encoder", reflect.TypeFor[holder[*confab.Meta]](), ""},
		{"pointer to a slice", reflect.TypeFor[holder[*[]string]](), ""},
		{"slice of pointers", reflect.TypeFor[holder[[]*int]](), ""},
		{"pointer whose encoder is its own", reflect.TypeFor[holder[*byPointer]](), ""},

		{"map", reflect.TypeFor[holder[map[string]string]](), "map"},
		{"any", reflect.TypeFor[holder[any]](), "interface"},
		{"float64", reflect.TypeFor[holder[float64]](), "float64"},
		{"pointer to float64", reflect.TypeFor[holder[*float64]](), "float64"},
		{"int64", reflect.TypeFor[holder[int64]](), "int64"},
		{"uint", reflect.TypeFor[holder[uint]](), "uint"},
		{"array", reflect.TypeFor[holder[[2]string]](), "array"},
		{"func", reflect.TypeFor[holder[func()]](), "func"},
		{"slice of structs", reflect.TypeFor[holder[[]span]](), "span"},
		{"slice of pointers to structs", reflect.TypeFor[holder[[]*span]](), "span"},
		{"slice of slices", reflect.TypeFor[holder[[][]string]](), "[]string"},
		{"slice of bytes", reflect.TypeFor[holder[[]byte]](), "uint8"},
		{"slice of floats", reflect.TypeFor[holder[[]float64]](), "float64"},
		{"slice of maps", reflect.TypeFor[holder[[]map[string]string]](), "map"},
		{"slice of encoders", reflect.TypeFor[holder[[]confab.Meta]](), "Meta"},
		{"nested struct", reflect.TypeFor[holder[holder[any]]](), "interface"},
		{"embedded struct", reflect.TypeFor[embedder](), "float64"},
		{"pointer to a nested struct", reflect.TypeFor[holder[*holder[int64]]](), "int64"},
		{"encoder on the pointer", reflect.TypeFor[holder[byPointer]](), "EncodeValues on its pointer"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := clienttest.CheckQuery(test.params)
			if test.want == "" {
				if err != nil {
					t.Errorf("error %v, want none", err)
				}
				return
			}
			if err == nil {
				t.Fatal("passes")
			}
			if !strings.Contains(err.Error(), ".Bad: ") || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %q must name the field Bad and %q", err, test.want)
			}
		})
	}
}
