package fakeapi_test

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/confab-go/confab/internal/fakeapi"
)

var ruled = &fakeapi.Rule{Type: fakeapi.Object, AnyOf: []string{"must", "list"}, Fields: fakeapi.Fields{
	"must*":   {Type: fakeapi.Text, Min: 2, Max: 3},
	"pattern": {Type: fakeapi.Text, Pattern: regexp.MustCompile("^a$")},
	"choice":  {Type: fakeapi.Text, OneOf: []string{"x", "y"}, Null: true},
	"full":    {Type: fakeapi.Text, NotBlank: true},
	"count":   {Type: fakeapi.Integer, Min: -1, Max: 1e9},
	"share":   {Type: fakeapi.Number, Max: 1},
	"flag":    {Type: fakeapi.Bool},
	"list":    {Type: fakeapi.List, Min: 1, Max: 2, Unique: "name", Items: &fakeapi.Rule{Type: fakeapi.Object, Open: true}},
	"free":    {Type: fakeapi.Object, Max: 1, Open: true, Keys: regexp.MustCompile("^[^_]"), Values: &fakeapi.Rule{Type: fakeapi.Bool}},
	"either":  {Type: fakeapi.List, Items: &fakeapi.Rule{}, IfText: &fakeapi.Rule{Type: fakeapi.Text, Max: 1}},
	"checked": {Check: func(path string, _ any) error { return errors.New(path + " never passes") }},
}}

// TestRules protects both sides of every rule, and the texts of Joi.
func TestRules(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"must":"ab","pattern":"a","choice":null,"full":"x","count":-1,"share":0.5,"flag":true,"list":[{"name":"a"},{"name":"b"}],"free":{"k":true},"either":"x"}`: "",
		`{"must":"abc","count":1e9,"choice":"y","either":[1,"xx"],"list":[{},{}]}`:                                                                                  "",
		`{"must":"𝔸"}`: "",

		`null`:                                             `"value" must be of type object`,
		`{"list":[{}]}`:                                    `"must" is required`,
		`{"choice":"x"}`:                                   `"must" is required; "value" must contain at least one of [must list]`,
		`{"must":null}`:                                    `"must" must be a string and not null`,
		`{"must":5}`:                                       `"must" must be a string`,
		`{"must":"a"}`:                                     `"must" length must be at least 2 characters long`,
		`{"must":"abcd"}`:                                  `"must" length must be less than or equal to 3 characters long`,
		`{"must":"ab","MUST":1}`:                           `"MUST" is not allowed`,
		`{"must":"ab","pattern":"ab"}`:                     `"pattern" fails to match the required pattern: ^a$`,
		`{"must":"ab","choice":"z"}`:                       `"choice" must be one of [x y]`,
		`{"must":"ab","full":" "}`:                         `"full" is not allowed to be empty`,
		`{"must":"ab","count":1.5}`:                        `"count" must be an integer`,
		`{"must":"ab","count":"1"}`:                        `"count" must be an integer`,
		`{"must":"ab","count":-2}`:                         `"count" must be greater than or equal to -1`,
		`{"must":"ab","count":1000000001}`:                 `"count" must be less than or equal to 1e+09`,
		`{"must":"ab","count":1e30}`:                       `"count" must be a safe number`,
		`{"must":"ab","share":-0.1}`:                       `"share" must be greater than or equal to 0`,
		`{"must":"ab","share":true}`:                       `"share" must be a number`,
		`{"must":"ab","flag":"yes"}`:                       `"flag" must be a boolean`,
		`{"must":"ab","list":{}}`:                          `"list" must be an array`,
		`{"must":"ab","list":[]}`:                          `"list" must contain at least 1 items`,
		`{"must":"ab","list":[{},{},{}]}`:                  `"list" must contain less than or equal to 2 items`,
		`{"must":"ab","list":[{},5]}`:                      `"list[1]" must be an object`,
		`{"must":"ab","list":[{"name":"a"},{"name":"a"}]}`: `"list[1]" contains a duplicate value`,
		`{"must":"ab","free":{"_k":true}}`:                 `"free._k" is not allowed`,
		`{"must":"ab","free":{"k":1}}`:                     `"free.k" must be a boolean`,
		`{"must":"ab","free":[]}`:                          `"free" must be an object`,
		`{"must":"ab","either":"xx"}`:                      `"either" length must be less than or equal to 1 characters long`,
		`{"must":"ab","either":5}`:                         `"either" must be an array`,
		`{"must":"ab","checked":1}`:                        `checked never passes`,
	} {
		call := &fakeapi.Call{Raw: []byte(body)}
		violations, err := call.ReadBody(ruled, fakeapi.Checker{})
		if got := fakeapi.Joi(violations); err != nil || got != want {
			t.Errorf("%s: got %q, %v, want %q", body, got, err, want)
		}
	}
	if _, err := (&fakeapi.Call{Raw: []byte("{")}).ReadBody(ruled, fakeapi.Checker{}); err == nil {
		t.Error("half an object passes")
	}
}

// TestLenientRules protects the other reading of names: a second name for each key,
// and no complaint about keys that are not known.
func TestLenientRules(t *testing.T) {
	t.Parallel()
	call := &fakeapi.Call{Raw: []byte(`{"MUST":"abcd","unknown":1}`)}
	violations, err := call.ReadBody(ruled, fakeapi.Checker{Alias: strings.ToUpper, Lenient: true})
	if got := fakeapi.Joi(violations); err != nil || !strings.HasPrefix(got, `"must" length must be less`) || strings.Contains(got, "unknown") {
		t.Errorf("got %q, %v", got, err)
	}
}

// TestDecodedNumbers protects that a body that passed its rules fits its struct: a
// whole number may be written with an exponent, and a large one keeps its digits.
func TestDecodedNumbers(t *testing.T) {
	t.Parallel()
	call := &fakeapi.Call{Raw: []byte(`{"must":"ab","count":1e3,"list":[{"n":9007199254740993,"f":1.50}]}`)}
	if _, err := call.ReadBody(ruled, fakeapi.Checker{}); err != nil {
		t.Fatal(err)
	}
	var body struct {
		Count int
	}
	call.Decode(&body)
	if got := fmt.Sprint(call.Body["list"]); body.Count != 1000 || got != "[map[f:1.50 n:9007199254740993]]" {
		t.Error(body, got)
	}
}
