package confab_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab"
)

// readTime reads a time beside another field, as a result does.
func readTime(t *testing.T, text string) time.Time {
	t.Helper()
	result := struct {
		At confab.Time `json:"at"`
		ID string      `json:"id"`
	}{At: confab.Time{Time: time.Unix(1, 0)}}
	if err := json.Unmarshal([]byte(`{"at":`+text+`,"id":"k"}`), &result); err != nil || result.ID != "k" {
		t.Errorf("%s: id %q, error %v", text, result.ID, err)
	}
	if result.At.Location() != time.UTC {
		t.Errorf("%s: read as %v, which is not in UTC", text, result.At)
	}
	return result.At.Time
}

// Protects every form of a time that one of the three APIs sends or documents.
func TestTimeForms(t *testing.T) {
	t.Parallel()
	milli := time.Date(2026, 6, 22, 12, 30, 39, 710e6, time.UTC)
	second := milli.Truncate(time.Second)
	for text, want := range map[string]time.Time{
		`1782131439710`:                      milli,
		`1782131439710.9`:                    milli,
		`1.78213143971e12`:                   milli,
		`"1782131439710"`:                    milli,
		`" 1782131439710 "`:                  milli,
		`"\u0031782131439710"`:               milli,
		`1782131439`:                         time.UnixMilli(1782131439).UTC(),
		`"-1000"`:                            time.Unix(-1, 0).UTC(),
		`253402300799999`:                    time.Date(9999, 12, 31, 23, 59, 59, 999e6, time.UTC),
		`-62167219200000`:                    time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
		`"2026-06-22T12:30:39.710Z"`:         milli,
		`"2026-06-22T20:30:39.710+08:00"`:    milli,
		`"2026-06-22T20:30:39.710+0800"`:     milli,
		`"2026-06-22T20:30:39.710+08"`:       milli,
		`"2026-06-22t12:30:39.710z"`:         milli,
		`"2026-06-22T12:30:39.710"`:          milli,
		`"2026-06-22T12:30:39"`:              second,
		`"2026-06-22 12:30:39.710Z"`:         milli,
		`"2026-06-22 12:30:39"`:              second,
		`"2026-06-22 12:30:39.710123+00:00"`: milli.Add(123 * time.Microsecond),
		`"2026-06-22 12:30:39.710123"`:       milli.Add(123 * time.Microsecond),
		`"2026-06-22"`:                       milli.Truncate(24 * time.Hour),
	} {
		if got := readTime(t, text); !got.Equal(want) {
			t.Errorf("%s: read as %v, want %v", text, got, want)
		}
	}
}

// Protects the zero time for what is no time: callers test for it with IsZero.
func TestTimeZero(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`null`, `""`, `" "`, `0`, `-0`, `0.0`, `"0"`, `true`, `{"at":1}`, `[1782131439710]`, `"soon"`, `"null"`,
		`"NaN"`, `"Infinity"`, `"-inf"`, `"0x19f1b2c3d4e"`, `"1_000_000"`, `"1782131439710 ms"`,
		`1e300`, `1e999`, `8640000000000001`, `-8640000000000001`, `253402300800000`, `-62167219200001`,
		`"9999999999999999999"`, `"2026-13-01T00:00:00Z"`, `"2026-06-22T25:00:00Z"`, `"06/22/2026"`,
		`"0000-01-01T00:00:00+08:00"`, `"9999-12-31T23:59:59-08:00"`, `"\ud800"`,
	} {
		if got := readTime(t, text); !got.IsZero() {
			t.Errorf("%s: read as %v, want the zero time", text, got)
		}
	}
}

// Protects what is written: RFC 3339, null for the zero time, nothing with
// omitzero, and an error for a year that no reader would understand.
func TestTimeMarshal(t *testing.T) {
	t.Parallel()
	type times struct {
		At      confab.Time `json:"at"`
		Omitted confab.Time `json:"omitted,omitzero"`
	}
	zone := time.FixedZone("", 8*60*60)
	for want, at := range map[string]time.Time{
		`{"at":null}`:                                  {},
		`{"at":"2026-06-22T12:30:39Z"}`:                time.Date(2026, 6, 22, 12, 30, 39, 0, time.UTC),
		`{"at":"2026-06-22T12:30:39.000000001+08:00"}`: time.Date(2026, 6, 22, 12, 30, 39, 1, zone),
	} {
		got, err := json.Marshal(times{At: confab.Time{Time: at}})
		if err != nil || string(got) != want {
			t.Errorf("got %s, %v, want %s", got, err, want)
		}
	}
	if got, err := json.Marshal(confab.Time{Time: time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)}); err == nil {
		t.Errorf("the year 10000 was written as %s", got)
	}
}

// Protects callers who embed a result in a struct of their own: a time among its
// fields takes none of theirs away.
func TestTimeInEmbeddedStruct(t *testing.T) {
	t.Parallel()
	type result struct {
		CreatedAt confab.Time `json:"createdAt"`
	}
	var own struct {
		result
		New []int `json:"new"`
	}
	if err := json.Unmarshal([]byte(`{"createdAt":86400000,"new":[1,2]}`), &own); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]int{1, 2}, own.New); diff != "" || own.CreatedAt.Unix() != 86400 {
		t.Errorf("read at %v: %s", own.CreatedAt, diff)
	}
}

// Protects every call from a bad time: reading one never fails, and a time that
// was read is the same after it is written and read again.
func FuzzTime(f *testing.F) {
	for _, text := range []string{`1782131439710`, `"-1"`, `"2026-06-22 12:30:39.710123+00:00"`, `"0000-01-01T00:00:00+23:59"`, `"\u0031"`, `{}`, `"`} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var at, again confab.Time
		if err := at.UnmarshalJSON(text); err != nil {
			t.Fatal(err)
		}
		written, err := json.Marshal(at)
		if err != nil {
			t.Fatalf("%s: read as %v: %v", text, at, err)
		}
		if err := json.Unmarshal(written, &again); err != nil || again != at || at.Location() != time.UTC {
			t.Errorf("%s: read as %v, written as %s, read again as %v, %v", text, at, written, again, err)
		}
	})
}

// Protects lists from the cost of their times: reading a documented form does not
// allocate.
func TestTimeAllocations(t *testing.T) { //nolint:paralleltest // it counts allocations
	for _, text := range []string{`1782131439710`, `"1782131439710"`, `"2026-06-22T12:30:39.710Z"`} {
		data := []byte(text)
		if n := testing.AllocsPerRun(100, func() {
			var at confab.Time
			if err := at.UnmarshalJSON(data); err != nil || at.IsZero() {
				t.Errorf("%s: read as %v, %v", text, at, err)
			}
		}); n > 1 {
			t.Errorf("%s: %v allocations, want 1 for the text at most", text, n)
		}
	}
}
