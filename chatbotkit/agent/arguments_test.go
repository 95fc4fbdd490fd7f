package agent_test

import (
	"context"
	"encoding/json"
	"math"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/chatbotkit/agent"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/internal/clienttest"
)

type flight struct {
	From     string            `json:"from" schema:"pattern=^[A-Z]{3}$"`
	Seats    int               `json:"seats" schema:"minimum=1,maximum=9,multipleOf=1"`
	Class    string            `json:"class" schema:"enum=economy|business,default=economy"`
	Weight   float64           `json:"weight,omitempty" schema:"exclusiveMinimum=0,exclusiveMaximum=100,multipleOf=0.1"`
	When     *time.Time        `json:"when"`
	Names    []string          `json:"names,omitempty" schema:"minLength=2,maxLength=4"`
	Ages     map[string]uint8  `json:"ages,omitempty"`
	Window   bool              `json:"window,omitempty"`
	Home     *point            `json:"home,omitempty"`
	Corner   *[2]int           `json:"corner,omitempty"`
	Addr     *netip.Addr       `json:"addr,omitempty"`
	Anything any               `json:"anything,omitempty"`
	Big      *int64            `json:"big,omitempty"`
	Level    int               `json:"level,omitempty" schema:"enum=1|2"`
	More     map[string]*point `json:"more,omitempty"`
}

// callOnce has the model call a tool once. It returns what the model reads.
func callOnce(t *testing.T, made agent.Tool, args string, opts ...agent.Option) (result chatbotkittest.ToolResult) {
	t.Helper()
	bot := &script{turns: [][]chatbotkittest.Call{calls(made.Function().Name, args)}}
	inMemory(t, func(t *testing.T, server *chatbotkittest.Server) {
		events := agent.Run(t.Context(), server.Client(), say("Go."), append(opts, agent.WithTools(made))...)
		if _, err := chatbotkit.Collect(events); err != nil {
			t.Fatal(err)
		}
	}, bot.option())
	if results := bot.read(); len(results) == 1 {
		return results[0]
	}
	t.Fatalf("the model read %v", bot.read())
	return result
}

// Protects functions from arguments that do not fit, and the model from guessing: it
// reads which field is wrong and why.
func TestArguments(t *testing.T) {
	t.Parallel()
	book := agent.MustTool("book", "Books a flight.", func(_ context.Context, f flight) (flight, error) { return f, nil })
	for _, tt := range []struct{ args, want, fails string }{
		{`{"from":"SOF","seats":2}`, `{"from":"SOF","seats":2,"class":"economy","when":null}`, ""},
		{`{"from":"SOF","seats":2.0,"class":"business"}`, `{"from":"SOF","seats":2,"class":"business","when":null}`, ""},
		{`{"from":"SOF","seats":2e0,"big":9007199254740993}`, `{"from":"SOF","seats":2,"class":"economy","when":null,"big":9007199254740993}`, ""},
		{`"{\"from\":\"SOF\",\"seats\":2}"`, `{"from":"SOF","seats":2,"class":"economy","when":null}`, ""},
		{`{"from":"SOF","seats":2,"when":null,"weight":null,"class":null,"home":null}`, `{"from":"SOF","seats":2,"class":"economy","when":null}`, ""},
		{`{"from":"SOF","seats":2,"justification":"because"}`, `{"from":"SOF","seats":2,"class":"economy","when":null}`, ""},
		{`{"from":"SOF","seats":2,"when":"2026-03-01T10:00:00Z","weight":0.3,"names":["Al","Böbö"],"ages":{"Al":7},"window":true,"home":{"X":1,"Y":2},"corner":[1,2],"addr":"::1","anything":[1,{"a":null}],"level":2,"more":{"a":{"X":1,"Y":1}}}`,
			`{"from":"SOF","seats":2,"class":"economy","when":"2026-03-01T10:00:00Z","weight":0.3,"names":["Al","Böbö"],"ages":{"Al":7},"window":true,"home":{"X":1,"Y":2},"corner":[1,2],"addr":"::1","anything":[1,{"a":null}],"level":2,"more":{"a":{"X":1,"Y":1}}}`, ""},
		{`{}`, "", `invalid arguments: from: is required; seats: is required`},
		{`null`, "", `from: is required`},
		{`""`, "", `from: is required`},
		{`[]`, "", `invalid arguments: they must be a JSON object`},
		{`7`, "", `they must be a JSON object`},
		{`"city: Sofia"`, "", `they must be a JSON object`},
		{`{"from":"SOF","seats":null}`, "", `seats: must be of type integer`},
		{`{"from":"sof","seats":2}`, "", `from: must match ^[A-Z]{3}$`},
		{`{"from":7,"seats":2}`, "", `from: must be of type string`},
		{`{"from":"SOF","seats":"2"}`, "", `seats: must be of type integer`},
		{`{"from":"SOF","seats":2.5}`, "", `seats: must be an integer`},
		{`{"from":"SOF","seats":0}`, "", `seats: must be at least 1`},
		{`{"from":"SOF","seats":10}`, "", `seats: must be at most 9`},
		{`{"from":"SOF","seats":1e400}`, "", `seats: is out of range`},
		{`{"from":"SOF","seats":2,"class":"first"}`, "", `class: must be one of "economy","business"`},
		{`{"from":"SOF","seats":2,"level":3}`, "", `level: must be one of 1,2`},
		{`{"from":"SOF","seats":2,"weight":0}`, "", `weight: must be greater than 0`},
		{`{"from":"SOF","seats":2,"weight":100}`, "", `weight: must be less than 100`},
		{`{"from":"SOF","seats":2,"weight":0.25}`, "", `weight: must be a multiple of 0.1`},
		{`{"from":"SOF","seats":2,"when":"tomorrow"}`, "", `when: must be a date and time such as`},
		{`{"from":"SOF","seats":2,"names":["A"]}`, "", `names[0]: must have at least 2 characters`},
		{`{"from":"SOF","seats":2,"names":["Al","Robert"]}`, "", `names[1]: must have at most 4 characters`},
		{`{"from":"SOF","seats":2,"names":"Al"}`, "", `names: must be of type array`},
		{`{"from":"SOF","seats":2,"ages":{"Al":-1}}`, "", `ages["Al"]: must be at least 0`},
		{`{"from":"SOF","seats":2,"ages":{"Al":300}}`, "", `invalid arguments: json: cannot unmarshal number 300`},
		{`{"from":"SOF","seats":2,"window":"yes"}`, "", `window: must be of type boolean`},
		{`{"from":"SOF","seats":2,"home":{"X":1}}`, "", `home.Y: is required`},
		{`{"from":"SOF","seats":2,"more":{"a":{"X":1}}}`, "", `more["a"].Y: is required`},
		{`{"from":"SOF","seats":2,"home":[]}`, "", `home: must be of type object`},
		{`{"from":"SOF","seats":2,"corner":[1]}`, "", `corner: must have 2 elements`},
		{`{"from":"SOF","seats":2,"addr":"x"}`, "", `invalid arguments: ParseAddr`},
		{`{"From":"SOF","seats":2}`, "", `from: is required; From: is spelled from`},
		{`{"from":"SOF","seats":2,"CLASS":"first"}`, "", `CLASS: is spelled class`},
		{`{"from":"SOF","seats":2,"names":["a","b","c","d","e","f","g","h","i","j","k","l"]}`, "", `names[9]: must have at least 2 characters; and 2 more`},
	} {
		got := callOnce(t, book, tt.args)
		if tt.fails != "" {
			if !strings.Contains(got.Error, tt.fails) {
				t.Errorf("%s: the model reads %+v, want the error %s", tt.args, got, tt.fails)
			}
			continue
		}
		if got.Error != "" {
			t.Errorf("%s: the model reads the error %s", tt.args, got.Error)
			continue
		}
		clienttest.SameJSON(t, encoded(got.Result), tt.want)
	}
}

// FuzzArguments protects functions: whatever a model sends, the arguments that reach one
// keep the rules of its schema, and the call has an outcome.
func FuzzArguments(f *testing.F) {
	f.Add(`{"from":"SOF","seats":2}`)
	f.Add(`{"from":"SOF","seats":2.0,"weight":1e-7,"ages":{"a":1},"names":["xx"],"when":"2026-03-01T10:00:00Z"}`)
	f.Add(`{"from":"SOF","seats":2,"more":{"a":null},"home":{"X":1,"Y":2},"corner":[1,2]}`)
	f.Fuzz(func(t *testing.T, args string) {
		if !json.Valid([]byte(args)) {
			args = encoded(args)
		}
		check := func(_ context.Context, f flight) (any, error) {
			switch {
			case len(f.From) != 3, f.Seats < 1, f.Seats > 9, f.Class != "economy" && f.Class != "business",
				f.Weight < 0, f.Weight >= 100, math.IsNaN(f.Weight), f.Level < 0, f.Level > 2:
				t.Errorf("%s became %+v", args, f)
			}
			for _, name := range f.Names {
				if n := len([]rune(name)); n < 2 || n > 4 {
					t.Errorf("%s became %+v", args, f)
				}
			}
			return nil, nil
		}
		synctest.Test(t, func(t *testing.T) {
			bot := &script{turns: [][]chatbotkittest.Call{calls("book", args)}}
			server := chatbotkittest.NewServer(chatbotkittest.InMemory(), bot.option())
			defer server.Close()
			_, err := chatbotkit.Collect(agent.Run(t.Context(), server.Client(), say("Go."), agent.WithTools(agent.MustTool("book", "x", check))))
			if err != nil || len(bot.read()) != 1 {
				t.Errorf("%s: the model read %v, %v", args, bot.read(), err)
			}
		})
	})
}
