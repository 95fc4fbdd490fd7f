package agent_test

import (
	"context"
	"encoding/json"
	"errors"
	"math/big"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/agent"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/internal/clienttest"
)

// one is a struct with a field of a type.
type one[T any] struct {
	F T `json:"f"`
}

// tool returns a tool with arguments of a type.
func tool[Args any]() (agent.Tool, error) {
	return agent.NewTool("f", "A function.", func(context.Context, Args) (any, error) { return nil, nil })
}

type (
	text    string
	lengths []int
	point   struct{ X, Y float64 }
	base    struct {
		ID    string `json:"id"`
		Title string
	}
	Extra struct {
		Title string
		Note  string `json:"note"`
	}
	tree struct {
		Children []tree `json:"children"`
	}
	left  struct{ Right *right }
	right struct{ Left map[string]left }
	loop  struct{ *loop }
	knows struct{ Any any }
	color int
)

func (c *color) UnmarshalText([]byte) error { *c = 1; return nil }

func (k *knows) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &k.Any) }

// Protects the schema of 60 types, and that the rules of the published server, which
// refuses a whole request for one keyword too many, permit all of them.
func TestSchemas(t *testing.T) {
	t.Parallel()
	server := chatbotkittest.NewServer()
	t.Cleanup(server.Close)
	field := func(schema string) string { return `{"properties":{"f":` + schema + `},"required":["f"]}` }
	optional := func(schema string) string { return `{"properties":{"f":` + schema + `}}` }
	for _, tt := range []struct {
		name string
		make func() (agent.Tool, error)
		want string
	}{
		{"no arguments", tool[struct{}], `{"properties":{}}`},
		{"bool", tool[one[bool]], field(`{"type":"boolean"}`)},
		{"int", tool[one[int]], field(`{"type":"integer"}`)},
		{"int8", tool[one[int8]], field(`{"type":"integer"}`)},
		{"int16", tool[one[int16]], field(`{"type":"integer"}`)},
		{"int32", tool[one[int32]], field(`{"type":"integer"}`)},
		{"int64", tool[one[int64]], field(`{"type":"integer"}`)},
		{"uint", tool[one[uint]], field(`{"type":"integer","minimum":0}`)},
		{"uint8", tool[one[uint8]], field(`{"type":"integer","minimum":0}`)},
		{"uint64", tool[one[uint64]], field(`{"type":"integer","minimum":0}`)},
		{"uintptr", tool[one[uintptr]], field(`{"type":"integer","minimum":0}`)},
		{"float32", tool[one[float32]], field(`{"type":"number"}`)},
		{"float64", tool[one[float64]], field(`{"type":"number"}`)},
		{"string", tool[one[string]], field(`{"type":"string"}`)},
		{"named string", tool[one[text]], field(`{"type":"string"}`)},
		{"named slice", tool[one[lengths]], field(`{"type":"array","items":{"type":"integer"}}`)},
		{"json.Number", tool[one[json.Number]], field(`{"type":"number"}`)},
		{"json.RawMessage", tool[one[json.RawMessage]], field(`{}`)},
		{"any", tool[one[any]], field(`{}`)},
		{"time.Time", tool[one[time.Time]], field(`{"type":"string","format":"date-time"}`)},
		{"*time.Time", tool[one[*time.Time]], optional(`{"type":"string","format":"date-time"}`)},
		{"time.Duration", tool[one[time.Duration]], field(`{"type":"integer"}`)},
		{"confab.Time", tool[one[confab.Time]], field(`{}`)},
		{"netip.Addr", tool[one[netip.Addr]], field(`{"type":"string"}`)},
		{"big.Int", tool[one[big.Int]], field(`{}`)},
		{"big.Float", tool[one[big.Float]], field(`{"type":"string"}`)},
		{"UnmarshalText of a pointer", tool[one[color]], field(`{"type":"string"}`)},
		{"UnmarshalJSON of a pointer", tool[one[knows]], field(`{}`)},
		{"[]byte", tool[one[[]byte]], field(`{"type":"string","format":"byte"}`)},
		{"[4]byte", tool[one[[4]byte]], field(`{"type":"array","items":{"type":"integer","minimum":0}}`)},
		{"[]string", tool[one[[]string]], field(`{"type":"array","items":{"type":"string"}}`)},
		{"[][]int", tool[one[[][]int]], field(`{"type":"array","items":{"type":"array","items":{"type":"integer"}}}`)},
		{"[]any", tool[one[[]any]], field(`{"type":"array","items":{}}`)},
		{"[]time.Time", tool[one[[]time.Time]], field(`{"type":"array","items":{"type":"string","format":"date-time"}}`)},
		{"[2]float64", tool[one[[2]float64]], field(`{"type":"array","items":{"type":"number"}}`)},
		{"[]*int", tool[one[[]*int]], field(`{"type":"array","items":{"type":"integer"}}`)},
		{"*string", tool[one[*string]], optional(`{"type":"string"}`)},
		{"**int", tool[one[**int]], optional(`{"type":"integer"}`)},
		{"*[]string", tool[one[*[]string]], optional(`{"type":"array","items":{"type":"string"}}`)},
		{"map[string]int", tool[one[map[string]int]], field(`{"type":"object","additionalProperties":{"type":"integer"}}`)},
		{"map[string]any", tool[one[map[string]any]], field(`{"type":"object","additionalProperties":{}}`)},
		{"map[int]string", tool[one[map[int]string]], field(`{"type":"object","additionalProperties":{"type":"string"}}`)},
		{"map[netip.Addr]bool", tool[one[map[netip.Addr]bool]], field(`{"type":"object","additionalProperties":{"type":"boolean"}}`)},
		{"map[string][]point", tool[one[map[string][]point]], field(`{"type":"object","additionalProperties":{"type":"array","items":{"type":"object",
			"properties":{"X":{"type":"number"},"Y":{"type":"number"}},"required":["X","Y"]}}}`)},
		{"confab.Meta", tool[one[confab.Meta]], field(`{}`)},
		{"struct", tool[one[point]], field(`{"type":"object","properties":{"X":{"type":"number"},"Y":{"type":"number"}},"required":["X","Y"]}`)},
		{"*struct", tool[one[*point]], optional(`{"type":"object","properties":{"X":{"type":"number"},"Y":{"type":"number"}},"required":["X","Y"]}`)},
		{"struct{}", tool[one[struct{}]], field(`{"type":"object","properties":{}}`)},
		{"*url.Userinfo", tool[one[*url.Userinfo]], optional(`{"type":"object","properties":{}}`)},
		{"omitempty", tool[struct {
			F int `json:"f,omitempty"`
		}], optional(`{"type":"integer"}`)},
		{"omitzero", tool[struct {
			F point `json:"f,omitzero"`
		}], optional(`{"type":"object","properties":{"X":{"type":"number"},"Y":{"type":"number"}},"required":["X","Y"]}`)},
		{"names", tool[struct {
			A string
			B string `json:",omitempty"`
			C string `json:"-"`
			_ string
		}], `{"properties":{"A":{"type":"string"},"B":{"type":"string"}},"required":["A"]}`},
		{"string option", tool[struct {
			A int      `json:"a,string"`
			B *float64 `json:"b,string"`
		}], `{"properties":{"a":{"type":"string"},"b":{"type":"string"}},"required":["a"]}`},
		{"embedded", tool[struct {
			base
			Extra
			Note2 string `json:"Note"`
		}], `{"properties":{"id":{"type":"string"},"note":{"type":"string"},"Note":{"type":"string"}},"required":["id","note","Note"]}`},
		{"embedded pointer", tool[struct {
			*Extra
			X int `json:"Title"`
		}], `{"properties":{"note":{"type":"string"},"Title":{"type":"integer"}},"required":["Title"]}`},
		{"embedded with a name", tool[struct {
			Extra `json:"extra"`
		}], `{"properties":{"extra":{"type":"object","properties":{"Title":{"type":"string"},"note":{"type":"string"}},"required":["Title","note"]}},"required":["extra"]}`},
		{"a tag beats none", tool[struct {
			A string `json:"x"`
			X int
			point
		}], `{"properties":{"x":{"type":"string"},"X":{"type":"integer"},"Y":{"type":"number"}},"required":["x","X","Y"]}`},
		{"description", tool[struct {
			F string `json:"f" description:"City, in English"`
		}], field(`{"type":"string","description":"City, in English"}`)},
		{"strings", tool[struct {
			F string `json:"f" schema:"minLength=2,maxLength=8,format=email,pattern=^[a-z]{1,3}$"`
		}], field(`{"type":"string","minLength":2,"maxLength":8,"format":"email","pattern":"^[a-z]{1,3}$"}`)},
		{"numbers", tool[struct {
			F float64 `json:"f" schema:"minimum=-1.5,maximum=10,exclusiveMinimum=-2,exclusiveMaximum=11,multipleOf=0.5"`
		}], field(`{"type":"number","minimum":-1.5,"maximum":10,"exclusiveMinimum":-2,"exclusiveMaximum":11,"multipleOf":0.5}`)},
		{"enums", tool[struct {
			F string `json:"f" schema:"enum=red|dark green"`
			G int    `json:"g" schema:"enum=1|2"`
		}], `{"properties":{"f":{"type":"string","enum":["red","dark green"]},"g":{"type":"integer","enum":[1,2]}},"required":["f","g"]}`},
		{"defaults", tool[struct {
			F string  `json:"f" schema:"enum=C|F,default=C"`
			G bool    `json:"g" schema:"default=false"`
			H *int    `json:"h" schema:"default=3"`
			I float64 `json:"i" schema:"default=0.5"`
		}], `{"properties":{"f":{"type":"string","enum":["C","F"],"default":"C"},"g":{"type":"boolean","default":false},"h":{"type":"integer","default":3},"i":{"type":"number","default":0.5}}}`},
		{"keywords of elements", tool[struct {
			F []string         `json:"f" description:"Tags" schema:"enum=a|b"`
			G map[string][]int `json:"g" schema:"minimum=1"`
		}], `{"properties":{"f":{"type":"array","description":"Tags","items":{"type":"string","enum":["a","b"]}},
			"g":{"type":"object","additionalProperties":{"type":"array","items":{"type":"integer","minimum":1}}}},"required":["f","g"]}`},
		{"the same type twice", tool[struct {
			From point
			To   point `json:",omitzero"`
		}], `{"properties":{"From":{"type":"object","properties":{"X":{"type":"number"},"Y":{"type":"number"}},"required":["X","Y"]},
			"To":{"type":"object","properties":{"X":{"type":"number"},"Y":{"type":"number"}},"required":["X","Y"]}},"required":["From"]}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			made, err := tt.make()
			if err != nil {
				t.Fatal(err)
			}
			got, err := json.Marshal(made.Function().Parameters)
			if err != nil {
				t.Fatal(err)
			}
			clienttest.SameJSON(t, string(got), strings.Replace(tt.want, "{", `{"type":"object",`, 1))
			body := map[string]any{"messages": say("Hi").Messages, "functions": []chatbotkit.Function{made.Function()}}
			if err := server.Client().Call(t.Context(), "POST", "/conversation/complete", nil, body, nil); err != nil { // without the checks of the client
				t.Error(err)
			}
		})
	}
}

// Protects programmers from a tool that cannot work: its error names the field and the
// rule.
func TestTypesWithoutSchema(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		make func() (agent.Tool, error)
		want string
	}{
		{tool[string], "Args: type string must be a struct"},
		{tool[map[string]int], "Args: type map[string]int must be a struct"},
		{tool[*point], "Args: type *agent_test.point must be a struct"},
		{tool[time.Time], "Args: type time.Time must be a struct without an UnmarshalJSON"},
		{tool[one[chan int]], "Args.F: type chan int cannot be read from JSON"},
		{tool[one[func()]], "Args.F: type func() cannot be read"},
		{tool[one[complex128]], "Args.F: type complex128 cannot be read"},
		{tool[one[error]], "Args.F: type error cannot be read"},
		{tool[one[[]map[string]chan int]], "Args.F[]{}: type chan int cannot be read"},
		{tool[one[map[bool]int]], "Args.F: type map[bool]int has keys that cannot be read"},
		{tool[tree], "Args.Children[]: type agent_test.tree contains itself"},
		{tool[left], "Args.Right.Left{}: type agent_test.left contains itself"},
		{tool[loop], "Args.loop: type *agent_test.loop cannot be read from JSON, because it is embedded and not exported"},
		{tool[struct {
			F any `description:"x"`
		}], "Args.F: a value of any type cannot have a description"},
		{tool[struct {
			F int `schema:"min=1"`
		}], `Args.F: the schema tag has no keyword "min"`},
		{tool[struct {
			F string `schema:"minimum=1"`
		}], `Args.F: the keyword "minimum" does not apply to type string`},
		{tool[struct {
			F int `schema:"pattern=x"`
		}], `Args.F: the keyword "pattern" does not apply to type integer`},
		{tool[struct {
			F bool `schema:"enum=true"`
		}], `Args.F: the keyword "enum" does not apply to type boolean`},
		{tool[struct {
			F []int `schema:"default=1"`
		}], `Args.F: the keyword "default" does not apply to type array`},
		{tool[struct {
			F []any `schema:"enum=1"`
		}], `Args.F: the keyword "enum" does not apply to type any`},
		{tool[struct {
			F int `schema:"minimum=x"`
		}], `Args.F: the keyword "minimum" has a wrong value`},
		{tool[struct {
			F int `schema:"enum=1|b"`
		}], `Args.F: the keyword "enum" has a wrong value`},
		{tool[struct {
			F int `schema:"multipleOf=0"`
		}], "Args.F: the keyword multipleOf must be positive"},
		{tool[struct {
			F string `schema:"minLength=-1"`
		}], `Args.F: the keyword "minLength" must not be negative`},
		{tool[struct {
			F string `schema:"pattern=("`
		}], `Args.F: the keyword "pattern" has a wrong value`},
		{tool[struct {
			F string `schema:"enum=a|b,default=c"`
		}], `Args.F: the default breaks the schema`},
		{func() (agent.Tool, error) { return agent.NewTool("f g", "x", weather) }, "name: must match"},
		{func() (agent.Tool, error) { return agent.NewTool("f", " ", weather) }, "description: must not be empty"},
		{func() (agent.Tool, error) {
			return agent.NewTool[cityArgs, string]("f", "x", nil)
		}, "function: must not be nil"},
	} {
		_, err := tt.make()
		if !errors.Is(err, confab.ErrInvalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
	defer func() {
		if err, ok := recover().(error); !ok || !errors.Is(err, confab.ErrInvalid) {
			t.Errorf("MustTool panicked with %v", err)
		}
	}()
	agent.MustTool("", "x", weather)
}
