package confab_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab"
)

type labels struct {
	Color string `json:"color"`
}

// update has a Patch of each kind of value that the clients use.
type update struct {
	Name   confab.Patch[string]      `json:"name,omitzero"`
	Active confab.Patch[bool]        `json:"active,omitzero"`
	Count  confab.Patch[int]         `json:"count,omitzero"`
	Tags   confab.Patch[[]string]    `json:"tags,omitzero"`
	Labels confab.Patch[labels]      `json:"labels,omitzero"`
	Meta   confab.Patch[confab.Meta] `json:"meta,omitzero"`
	At     confab.Patch[time.Time]   `json:"at,omitzero"`
}

// exporter lets cmp see into a Patch through its accessor.
var exporter = cmp.Options{
	patchComparer[string](), patchComparer[bool](), patchComparer[int](), patchComparer[[]string](),
	patchComparer[labels](), patchComparer[confab.Meta](), patchComparer[time.Time](),
}

func patchComparer[T any]() cmp.Option {
	type state struct {
		Value *T
		Told  bool
	}
	return cmp.Transformer("Get", func(p confab.Patch[T]) state {
		value, ok := p.Get()
		return state{value, ok}
	})
}

var patchCases = []struct {
	name string
	in   update
	json string
}{
	{"nothing", update{}, `{}`},
	{"values", update{
		Name: confab.Set("Ada"), Active: confab.Set(true), Count: confab.Set(3), Tags: confab.Set([]string{"a"}),
		Labels: confab.Set(labels{"red"}), Meta: confab.Set(confab.Meta{"k": "v"}),
		At: confab.Set(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)),
	}, `{"name":"Ada","active":true,"count":3,"tags":["a"],"labels":{"color":"red"},"meta":{"k":"v"},"at":"2026-01-02T03:04:05Z"}`},
	{"zero values", update{
		Name: confab.Set(""), Active: confab.Set(false), Count: confab.Set(0), Tags: confab.Set([]string{}),
		Labels: confab.Set(labels{}), Meta: confab.Set(confab.Meta{}), At: confab.Set(time.Time{}),
	}, `{"name":"","active":false,"count":0,"tags":[],"labels":{"color":""},"meta":{},"at":"0001-01-01T00:00:00Z"}`},
	{"nulls", update{
		Name: confab.Null[string](), Active: confab.Null[bool](), Count: confab.Null[int](), Tags: confab.Null[[]string](),
		Labels: confab.Null[labels](), Meta: confab.Null[confab.Meta](), At: confab.Null[time.Time](),
	}, `{"name":null,"active":null,"count":null,"tags":null,"labels":null,"meta":null,"at":null}`},
	{"one of each", update{Name: confab.Set("x"), Active: confab.Null[bool]()}, `{"name":"x","active":null}`},
}

// Protects the three states in JSON: absent, null, and a value, including the zero value.
func TestPatchMarshal(t *testing.T) {
	t.Parallel()
	for _, test := range patchCases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got, err := json.Marshal(test.in)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.json, string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Protects the round trip: what was written reads back in the same state.
func TestPatchUnmarshal(t *testing.T) {
	t.Parallel()
	for _, test := range patchCases {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var got update
			if err := json.Unmarshal([]byte(test.json), &got); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.in, got, exporter); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Protects a Patch that is read twice: null replaces a value, and a value replaces null.
// A value of the wrong kind is an error.
func TestPatchUnmarshalOver(t *testing.T) {
	t.Parallel()
	p := confab.Set("old")
	for _, step := range []struct {
		json string
		want confab.Patch[string]
	}{{`null`, confab.Null[string]()}, {`"new"`, confab.Set("new")}, {`""`, confab.Set("")}} {
		if err := json.Unmarshal([]byte(step.json), &p); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(step.want, p, exporter); diff != "" {
			t.Errorf("%s: %s", step.json, diff)
		}
	}
	if err := json.Unmarshal([]byte(`7`), &p); err == nil {
		t.Error("a number was read as a string")
	}
}

// Protects Get and IsZero, which the clients use to convert and check patches.
func TestPatchGet(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		patch    confab.Patch[bool]
		set, ok  bool
		leftZero bool
	}{
		{"leave", confab.Patch[bool]{}, false, false, true},
		{"null", confab.Null[bool](), false, true, false},
		{"false", confab.Set(false), true, true, false},
		{"true", confab.Set(true), true, true, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			value, ok := test.patch.Get()
			if ok != test.ok || (value != nil) != test.set || test.patch.IsZero() != test.leftZero {
				t.Errorf("Get() = %v, %v and IsZero() = %v", value, ok, test.patch.IsZero())
			}
			if value != nil && *value != (test.name == "true") {
				t.Errorf("Get returns %v", *value)
			}
		})
	}
}

// Protects a patch from its reader: Get returns a pointer to a copy.
func TestPatchGetIsACopy(t *testing.T) {
	t.Parallel()
	p := confab.Set("kept")
	value, _ := p.Get()
	*value = "changed"
	if again, _ := p.Get(); *again != "kept" {
		t.Errorf("the patch holds %q", *again)
	}
}

// Protects callers from a value without a JSON form: it is an error.
func TestPatchMarshalError(t *testing.T) {
	t.Parallel()
	if got, err := json.Marshal(confab.Set(confab.Meta{"f": func() {}})); err == nil {
		t.Errorf("a func was written as %s", got)
	}
}

// Protects fields from being cleared by a nil slice or map: Set writes it as an empty one.
func TestPatchSetsNilAsEmpty(t *testing.T) {
	t.Parallel()
	for want, patch := range map[string]json.Marshaler{
		"[]":    confab.Set([]string(nil)),
		"{}":    confab.Set(confab.Meta(nil)),
		"null":  confab.Null[[]string](),
		`""`:    confab.Set([]byte(nil)),
		`["a"]`: confab.Set([]string{"a"}),
	} {
		got, err := patch.MarshalJSON()
		if err != nil || string(got) != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
}
