package confab_test

import (
	"encoding/json"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab"
)

// Protects the query form of a filter: flat keys in brackets, nested ones with
// dots, and nothing for an empty filter.
func TestMetaEncodeValues(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		meta confab.Meta
		want url.Values
	}{
		{"nil", nil, url.Values{}},
		{"empty", confab.Meta{}, url.Values{}},
		{"flat", confab.Meta{"a": "x", "b": ""}, url.Values{"meta[a]": {"x"}, "meta[b]": {""}}},
		{"bools", confab.Meta{"yes": true, "no": false}, url.Values{"meta[yes]": {"true"}, "meta[no]": {"false"}}},
		{"nested", confab.Meta{"a": confab.Meta{"b": "x", "c": true}}, url.Values{"meta.a.b": {"x"}, "meta.a.c": {"true"}}},
		{"nested as a map", confab.Meta{"a": map[string]any{"b": "x"}}, url.Values{"meta.a.b": {"x"}}},
		{"three levels", confab.Meta{"a": confab.Meta{"b": map[string]any{"c": false}}}, url.Values{"meta.a.b.c": {"false"}}},
		{"flat beside nested", confab.Meta{"a": "x", "b": confab.Meta{"c": "y"}}, url.Values{"meta[a]": {"x"}, "meta.b.c": {"y"}}},
		{"characters that are escaped later", confab.Meta{"ключ &=": "a&b=ü"}, url.Values{"meta[ключ &=]": {"a&b=ü"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := url.Values{}
			if err := test.meta.EncodeValues("meta", &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Protects callers from a filter that would match nothing: a value that the server does
// not compare is refused, and the error names its path.
func TestMetaEncodeValuesRefuses(t *testing.T) {
	t.Parallel()
	type text string
	for _, test := range []struct {
		name string
		meta confab.Meta
		path string
	}{
		{"int", confab.Meta{"a": 41127}, "meta[a]"},
		{"float", confab.Meta{"a": 41127.5}, "meta[a]"},
		{"json.Number", confab.Meta{"a": json.Number("41127")}, "meta[a]"},
		{"nil", confab.Meta{"a": nil}, "meta[a]"},
		{"slice", confab.Meta{"a": []string{"41127"}}, "meta[a]"},
		{"pointer", confab.Meta{"a": new("41127")}, "meta[a]"},
		{"another string type", confab.Meta{"a": text("41127")}, "meta[a]"},
		{"map of strings", confab.Meta{"a": map[string]string{"b": "41127"}}, "meta[a]"},
		{"empty nested", confab.Meta{"a": confab.Meta{}}, "meta.a"},
		{"nil nested", confab.Meta{"a": confab.Meta(nil)}, "meta.a"},
		{"empty nested map", confab.Meta{"a": confab.Meta{"b": map[string]any{}}}, "meta.a.b"},
		{"int, nested", confab.Meta{"a": confab.Meta{"b": 41127}}, "meta.a.b"},
		{"int beside good ones", confab.Meta{"a": "x", "b": true, "c": 41127}, "meta[c]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			err := test.meta.EncodeValues("meta", &url.Values{})
			if !errors.Is(err, confab.ErrInvalid) {
				t.Fatalf("error %v, want ErrInvalid", err)
			}
			if !strings.Contains(err.Error(), " "+test.path+": ") {
				t.Errorf("%q does not name %s", err, test.path)
			}
			if strings.Contains(err.Error(), "41127") {
				t.Errorf("%q shows the value", err)
			}
		})
	}
}

// Protects reproducible errors: of several bad keys, the first in order is named.
func TestMetaEncodeValuesOrder(t *testing.T) {
	t.Parallel()
	for range 20 {
		err := confab.Meta{"c": 1, "a": 2, "b": 3}.EncodeValues("meta", &url.Values{})
		if err == nil || !strings.Contains(err.Error(), "meta[a]") {
			t.Fatalf("error %v, want one for meta[a]", err)
		}
	}
}

// Protects the parameters that a query has before a filter is added.
func TestMetaEncodeValuesAdds(t *testing.T) {
	t.Parallel()
	got := url.Values{"take": {"5"}, "meta[a]": {"x"}}
	if err := (confab.Meta{"a": "y"}).EncodeValues("meta", &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(url.Values{"take": {"5"}, "meta[a]": {"x", "y"}}, got); diff != "" {
		t.Error(diff)
	}
}

// Protects numbers in metadata: what a caller reads, changes and sends back holds
// every number as the server wrote it, at any depth.
func TestMetaKeepsNumbers(t *testing.T) {
	t.Parallel()
	const stored = `{"a":9007199254740993,"b":[1.0,-0,1e2,12345678901234567890.10],"c":{"d":{"e":-9223372036854775808}},"f":"9"}`
	var resource struct {
		Meta confab.Meta `json:"meta"`
	}
	if err := json.Unmarshal([]byte(`{"meta":`+stored+`}`), &resource); err != nil {
		t.Fatal(err)
	}
	if n, err := resource.Meta["a"].(json.Number).Int64(); err != nil || n != 9007199254740993 {
		t.Errorf("a is %d, %v", n, err)
	}
	written, err := json.Marshal(resource.Meta)
	if err != nil || string(written) != stored {
		t.Errorf("written as\n%s, %v, want\n%s", written, err, stored)
	}
	resource.Meta["f"] = "10"
	if written, err = json.Marshal(resource); err != nil || string(written) != `{"meta":`+strings.Replace(stored, `"9"`, `"10"`, 1)+`}` {
		t.Errorf("changed and written as %s, %v", written, err)
	}
}

// Protects callers who know how encoding/json reads a map: Meta is read the same way.
func TestMetaUnmarshal(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		text string
		into confab.Meta
		want confab.Meta
	}{
		{"empty", `{}`, nil, confab.Meta{}},
		{"null", `null`, confab.Meta{"a": "x"}, nil},
		{"kinds", `{"a":"x","b":true,"c":null,"d":[{}]}`, nil, confab.Meta{"a": "x", "b": true, "c": nil, "d": []any{map[string]any{}}}},
		{"into one that has keys", `{"a":"y"}`, confab.Meta{"a": "x", "b": "z"}, confab.Meta{"a": "y", "b": "z"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if err := json.Unmarshal([]byte(test.text), &test.into); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, test.into); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, text := range []string{`5`, `"x"`, `[]`, `true`} {
		var (
			meta confab.Meta
			kind *json.UnmarshalTypeError
		)
		if err := json.Unmarshal([]byte(text), &meta); !errors.As(err, &kind) || meta != nil {
			t.Errorf("%s was read as %v, %v", text, meta, err)
		}
	}
}
