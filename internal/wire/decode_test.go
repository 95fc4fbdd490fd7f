package wire_test

import (
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/internal/wire"
)

// base is embedded, so that its fields are those of result.
type base struct {
	Name   string `json:"name"`
	Hidden string `json:"-"`
	Shadow int    `json:"shadow"`
}

type More struct {
	Extra int `json:"extra"`
}

type item struct {
	ID    string  `json:"id"`
	Score float64 `json:"score,omitempty"`
	Items []item  `json:"items"`
}

// upper has a decoder of its own, which fails for anything but a string.
type upper string

func (u *upper) UnmarshalJSON(data []byte) error {
	var text string
	err := json.Unmarshal(data, &text)
	*u = upper(strings.ToUpper(text))
	return err
}

type result struct {
	base
	*More
	ID       string              `json:"id"`
	Count    int                 `json:"count"`
	Small    int8                `json:"small"`
	Size     uint64              `json:"size"`
	Score    *float64            `json:"score"`
	Done     bool                `json:"done"`
	Maybe    *bool               `json:"maybe"`
	Shadow   string              `json:"shadow"`
	Exact    json.Number         `json:"exact"`
	Raw      json.RawMessage     `json:"raw"`
	Upper    upper               `json:"upper"`
	At       confab.Time         `json:"at"`
	Meta     confab.Meta         `json:"meta"`
	Any      any                 `json:"any"`
	Inner    item                `json:"inner"`
	Pointer  *item               `json:"pointer"`
	Items    []item              `json:"items"`
	Pointers []*item             `json:"pointers"`
	Raws     []json.RawMessage   `json:"raws"`
	Words    []string            `json:"words"`
	Bytes    []byte              `json:"bytes"`
	Pair     [2]int              `json:"pair"`
	Errors   map[string][]string `json:"errors"`
	ByKey    map[string]item     `json:"byKey"`
	ByNumber map[int]string      `json:"byNumber"`
	Untagged string
}

// Protects every odd but plausible value: it is decoded as the field's kind, or
// left out and reported. The fields beside it are decoded.
func TestDecodeOdd(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text string
		want result
		odd  []string
	}{
		{`{"id":17}`, result{ID: "17"}, nil},
		{`{"id":1.50e2}`, result{ID: "1.50e2"}, nil},
		{`{"id":true}`, result{ID: "true"}, nil},
		{`{"id":{"a":1}}`, result{}, []string{"id"}},
		{`{"id":["a"]}`, result{}, []string{"id"}},
		{`{"count":"7"}`, result{Count: 7}, nil},
		{`{"count":" 7 "}`, result{Count: 7}, nil},
		{`{"count":7.0}`, result{Count: 7}, nil},
		{`{"count":"-7e1"}`, result{Count: -70}, nil},
		{`{"count":7.5}`, result{}, []string{"count"}},
		{`{"count":"7.5"}`, result{}, []string{"count"}},
		{`{"count":1e300}`, result{}, []string{"count"}},
		{`{"count":99999999999999999999}`, result{}, []string{"count"}},
		{`{"count":9007199254740993.0}`, result{}, []string{"count"}},
		{`{"count":"seven"}`, result{}, []string{"count"}},
		{`{"count":"null"}`, result{}, []string{"count"}},
		{`{"count":""}`, result{}, []string{"count"}},
		{`{"count":true}`, result{}, []string{"count"}},
		{`{"count":"0x10"}`, result{}, []string{"count"}},
		{`{"small":"127"}`, result{Small: 127}, nil},
		{`{"small":128}`, result{}, []string{"small"}},
		{`{"size":"18446744073709551615"}`, result{Size: 18446744073709551615}, nil},
		{`{"size":-1}`, result{}, []string{"size"}},
		{`{"score":"0.87"}`, result{Score: new(0.87)}, nil},
		{`{"score":"NaN"}`, result{}, []string{"score"}},
		{`{"score":1e999}`, result{}, []string{"score"}},
		{`{"done":"true"}`, result{Done: true}, nil},
		{`{"done":"True"}`, result{Done: true}, nil},
		{`{"done":1}`, result{Done: true}, nil},
		{`{"done":"1","maybe":"0"}`, result{Done: true, Maybe: new(false)}, nil},
		{`{"maybe":"False"}`, result{Maybe: new(false)}, nil},
		{`{"maybe":"yes"}`, result{}, []string{"maybe"}},
		{`{"maybe":2}`, result{}, []string{"maybe"}},
		{`{"name":5,"Name":"x"}`, result{base: base{Name: "x"}}, nil},
		{`{"NAME":5}`, result{base: base{Name: "5"}}, nil},
		{`{"UNTAGGED":5}`, result{Untagged: "5"}, nil},
		{`{"Hidden":5,"hidden":[],"-":{},"id":1}`, result{ID: "1"}, nil},
		{`{"extra":"6"}`, result{More: &More{Extra: 6}}, nil},
		{`{"shadow":6}`, result{Shadow: "6"}, nil},
		{`{"exact":" 1.50 "}`, result{Exact: "1.50"}, nil},
		{`{"exact":"x"}`, result{}, []string{"exact"}},
		{`{"id":1,"raw": { "b" : [ 1.0 ] } }`, result{ID: "1", Raw: json.RawMessage(`{ "b" : [ 1.0 ] }`)}, nil},
		{`{"id":1,"upper":"x","at":86400000}`, result{ID: "1", Upper: "X", At: confab.Time{}}, nil},
		{`{"id":1,"upper":5}`, result{ID: "1"}, []string{"upper"}},
		{`{"id":1,"meta":{"n":9007199254740993}}`, result{ID: "1", Meta: confab.Meta{"n": json.Number("9007199254740993")}}, nil},
		{`{"meta":"x"}`, result{}, []string{"meta"}},
		{`{"id":1,"any":{"n":[1,null]}}`, result{ID: "1", Any: map[string]any{"n": []any{1.0, nil}}}, nil},
		{`{"inner":{"id":5,"score":[]}}`, result{Inner: item{ID: "5"}}, []string{"inner.score"}},
		{`{"inner":"x"}`, result{}, []string{"inner"}},
		{`{"pointer":{"id":5}}`, result{Pointer: &item{ID: "5"}}, nil},
		{`{"pointer":"x"}`, result{}, []string{"pointer"}},
		{`{"items":{"id":5}}`, result{Items: []item{{ID: "5"}}}, nil},
		{`{"items":"x"}`, result{}, []string{"items"}},
		{`{"items":[{"id":1},"oops",null,7,[],{"id":2}]}`, result{Items: []item{{ID: "1"}, {ID: "2"}}}, []string{"items[1]", "items[2]", "items[3]", "items[4]"}},
		{`{"items":[null]}`, result{Items: []item{}}, []string{"items[0]"}},
		{`{"items":[ null , {"id":"a"}]}`, result{Items: []item{{ID: "a"}}}, []string{"items[0]"}},
		{`{"items":[{"items":[{"id":"a"},null],"score":"x"}]}`, result{Items: []item{{Items: []item{{ID: "a"}}}}}, []string{"items[0].items[1]", "items[0].score"}},
		{`{"pointers":[null,{"id":1}]}`, result{Pointers: []*item{{ID: "1"}}}, []string{"pointers[0]"}},
		{`{"raws":{"a":1}}`, result{Raws: []json.RawMessage{json.RawMessage(`{"a":1}`)}}, nil},
		{`{"raws":[null,1,"a"]}`, result{Raws: []json.RawMessage{json.RawMessage(`null`), json.RawMessage(`1`), json.RawMessage(`"a"`)}}, nil},
		{`{"words":["a",null,5,{}]}`, result{Words: []string{"a", "", "5"}}, []string{"words[3]"}},
		{`{"words":"a"}`, result{}, []string{"words"}},
		{`{"id":1,"bytes":"aGk="}`, result{ID: "1", Bytes: []byte("hi")}, nil},
		{`{"bytes":"!"}`, result{}, []string{"bytes"}},
		{`{"pair":["1",2,3]}`, result{Pair: [2]int{1, 2}}, nil},
		{`{"errors":{"a":["x",5],"sk-secret":"y"}}`, result{Errors: map[string][]string{"a": {"x", "5"}}}, []string{"errors.*"}},
		{`{"byKey":{"k\u0061":{"id":5,"score":{}}}}`, result{ByKey: map[string]item{"ka": {ID: "5"}}}, []string{"byKey.*.score"}},
		{`{"id":1,"byNumber":{"7":"x"}}`, result{ID: "1", ByNumber: map[int]string{7: "x"}}, nil},
		{`{"byNumber":{"x":"y"}}`, result{}, []string{"byNumber"}},
		{`{"id":"\u00e4\ud83d\ude00\"","count":"7"}`, result{ID: "ä😀\"", Count: 7}, nil},
		{"\xef\xbb\xbf{\"id\":\"a\"}", result{ID: "a"}, nil},
		{" \n{ \"id\" : 5 , \"count\" : \"6\" }\n ", result{ID: "5", Count: 6}, nil},
	} {
		var got result
		odd, err := wire.Decode([]byte(test.text), &got)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		got.At = confab.Time{}
		if diff := cmp.Diff(test.want, got, cmp.AllowUnexported(result{}, base{})); diff != "" {
			t.Errorf("%s: -want +got:\n%s", test.text, diff)
		}
		slices.Sort(odd)
		if diff := cmp.Diff(test.odd, odd); diff != "" {
			t.Errorf("%s: left out: -want +got:\n%s", test.text, diff)
		}
	}
}

// Protects the difference between a response with an odd field and another
// response: the latter is an error, and nothing of it is decoded.
func TestDecodeErrors(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`5`, `"x"`, `true`, `[]`, `[{"id":"a"}]`, `[null]`} {
		var (
			got  result
			kind *json.UnmarshalTypeError
		)
		if odd, err := wire.Decode([]byte(text), &got); !errors.As(err, &kind) || odd != nil || got.ID != "" {
			t.Errorf("%s: read as %+v, left out %v, error %v", text, got, odd, err)
		}
	}
	for _, text := range []string{``, ` `, `{"id":"a"`, `{"id":5}}`, `{"id":5} {}`, `{"id":5}x`, `{"items":[null]`, `{"items":[null]}]`, `{"id":nul}`, "\xef\xbb\xbf"} {
		var (
			got    result
			syntax *json.SyntaxError
		)
		if odd, err := wire.Decode([]byte(text), &got); !errors.As(err, &syntax) || odd != nil {
			t.Errorf("%s: read as %+v, left out %v, error %v", text, got, odd, err)
		}
	}
	for _, out := range []any{nil, result{}, (*result)(nil)} {
		for _, text := range []string{`{}`, `{"items":[null]}`} {
			var invalid *json.InvalidUnmarshalError
			if _, err := wire.Decode([]byte(text), out); !errors.As(err, &invalid) {
				t.Errorf("%s into %T: error %v", text, out, err)
			}
		}
	}
}

// Protects lists at the top level: they are decoded like any other.
func TestDecodeTopLevelList(t *testing.T) {
	t.Parallel()
	var got []item
	odd, err := wire.Decode([]byte(`[{"id":1},null,"x"]`), &got)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]item{{ID: "1"}}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"[1]", "[2]"}, odd); diff != "" {
		t.Error(diff)
	}
	if _, err := wire.Decode([]byte(`{"id":1}`), &got); err != nil || !cmp.Equal(got, []item{{ID: "1"}}) {
		t.Errorf("an object alone was read as %v, %v", got, err)
	}
}

// Protects the log from a response in which nothing fits: at most a hundred paths
// are reported, and the rest is decoded.
func TestDecodeReportsAHundred(t *testing.T) {
	t.Parallel()
	var got result
	odd, err := wire.Decode([]byte(`{"items":[`+strings.Repeat(`1,`, 500)+`{}],"id":5}`), &got)
	if err != nil || len(odd) != 100 || len(got.Items) != 1 || got.ID != "5" {
		t.Errorf("%d paths, %d items, id %q, error %v", len(odd), len(got.Items), got.ID, err)
	}
}

// Protects reused memory: an element that was left out leaves nothing behind in
// the element that takes its place.
func TestDecodeReusesMemory(t *testing.T) {
	t.Parallel()
	got := struct {
		Items []item `json:"items"`
	}{make([]item, 0, 4)}
	if _, err := wire.Decode([]byte(`{"items":[{"id":[],"score":5,"items":[]},"x",{"id":"b"},[]]}`), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]item{{Score: 5, Items: []item{}}, {ID: "b"}}, got.Items); diff != "" {
		t.Error(diff)
	}
}

// Protects agreement with encoding/json: a text whose kinds fit is decoded as by
// json.Unmarshal, also beside something that does not fit, and no text makes
// Decode panic.
func FuzzDecode(f *testing.F) {
	for _, text := range []string{
		`{"id":"a","count":7,"score":0.5,"done":true,"meta":{"a":[1]},"inner":{"items":[{}]},"pair":[1,2,3]}`,
		`{"items":[null,"x",{"id":5}],"errors":{"a":null},"byKey":{"":{}},"byNumber":{"1":"x"}}`,
		`{"ID":"a","id":null,"extra":1,"raws":[{}, 1],"bytes":"aGk=","at":"2026-01-01","pointer":{"id":"\ud800"}}`,
		"\xef\xbb\xbf{}", `[]`, `null`, `"x"`, `{"any":[1e999]}`, `{"exact":1.0,"small":300,"words":["\u0000"]}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var got, want result
		odd, err := wire.Decode(text, &got)
		if errors.Is(err, confab.ErrTooLarge) {
			return
		}
		text = []byte(strings.TrimPrefix(string(text), "\xef\xbb\xbf"))
		if wantErr := json.Unmarshal(text, &want); wantErr != nil {
			if !json.Valid(text) && err == nil {
				t.Errorf("%s: read as %+v, want %v", text, got, wantErr)
			}
			return
		}
		if nullInList(text) {
			return
		}
		if err != nil || odd != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: read as %+v, left out %v, error %v, want %+v", text, got, odd, err, want)
		}
		var beside struct {
			V result
			X int
		}
		odd, err = wire.Decode([]byte(`{"X":"7","V":`+string(text)+`}`), &beside)
		if err != nil || odd != nil || beside.X != 7 || !reflect.DeepEqual(beside.V, want) {
			t.Errorf("%s beside an odd field: read as %+v, left out %v, error %v, want %+v", text, beside, odd, err, want)
		}
	})
}

// nullInList reports whether any list in text has a null element.
func nullInList(text []byte) bool {
	var walk func(any) bool
	walk = func(value any) bool {
		switch value := value.(type) {
		case []any:
			return slices.ContainsFunc(value, func(e any) bool { return e == nil || walk(e) })
		case map[string]any:
			for _, member := range value {
				if walk(member) {
					return true
				}
			}
		}
		return false
	}
	var value any
	return json.Unmarshal(text, &value) != nil || walk(value)
}
