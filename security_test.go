package confab_test

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbot"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/webchat"
)

// options are all options of this module. Before you add one, ask what it lets a caller
// turn off: none may turn off the verification of certificates.
var options = []string{
	".WithAPIKey", ".WithAPIKeyFunc", ".WithBaseURL", ".WithHTTPClient", ".WithHeader", ".WithLogger", ".WithMaxEventSize",
	".WithMaxRetries", ".WithObserver", ".WithPlainHTTP", ".WithRateLimiter", ".WithRetryWait", ".WithStreamIdleTimeout", ".WithStreamProgressTimeout",
	".WithTimeout", ".WithUserAgent",
	"chatbot.WithDedupe", "chatbot.WithDedupeStore", "chatbot.WithExportProgress", "chatbot.WithMediaType", "chatbot.WithProgress", "chatbot.WithSecretHeader", "chatbot.WithoutAPIKey",
	"chatbot/chatbottest.InMemory", "chatbot/chatbottest.WithAPIKey", "chatbot/chatbottest.WithBot", "chatbot/chatbottest.WithMessageEnvelope",
	"chatbot/chatbottest.WithNextOrigin", "chatbot/chatbottest.WithPageSize", "chatbot/chatbottest.WithStreamStyle",
	"chatbot/chatbottest.WithStrictRequests", "chatbot/chatbottest.WithWebhook", "chatbot/chatbottest.WithWebhookHeader", "chatbot/chatbottest.WithWebhookRetries",
	"chatbotkit.WithExportProgress", "chatbotkit.WithMediaType", "chatbotkit.WithProgress", "chatbotkit.WithRunAsUser", "chatbotkit.WithRunAsUserEmail", "chatbotkit.WithTimezone",
	"chatbotkit/agent.WithAfterCall", "chatbotkit/agent.WithBeforeCall", "chatbotkit/agent.WithCallTimeout",
	"chatbotkit/agent.WithMaxConcurrentCalls", "chatbotkit/agent.WithMaxIterations", "chatbotkit/agent.WithTools",
	"chatbotkit/chatbotkittest.InMemory", "chatbotkit/chatbotkittest.WithAPIKeys", "chatbotkit/chatbotkittest.WithBot", "chatbotkit/chatbotkittest.WithChildUser",
	"chatbotkit/chatbotkittest.WithDispatchDeduplication", "chatbotkit/chatbotkittest.WithLinkedSecrets", "chatbotkit/chatbotkittest.WithMessageOrder",
	"chatbotkit/chatbotkittest.WithRateLimit", "chatbotkit/chatbotkittest.WithStrictEntities", "chatbotkit/chatbotkittest.WithSubscribeGap", "chatbotkit/chatbotkittest.WithTokenQuota", "chatbotkit/chatbotkittest.WithWork",
	"confabotel.WithMeterProvider", "confabotel.WithTracerProvider",
	"webchat.WithDefaults", "webchat.WithFreshStart", "webchat.WithSessionAttributesEndpoint", "webchat.WithSessionID",
	"webchat/webchattest.InMemory", "webchat/webchattest.WithAPIKeys", "webchat/webchattest.WithBareCreate",
	"webchat/webchattest.WithSessionAttributesEndpoint", "webchat/webchattest.WithStories", "webchat/webchattest.WithUniqueUsers",
}

// goFiles parses the files of the module that are not tests.
func goFiles(t *testing.T) map[string]*ast.File {
	t.Helper()
	files := map[string]*ast.File{}
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && path != "." && (strings.HasPrefix(entry.Name(), ".") || entry.Name() == "testdata"):
			return fs.SkipDir
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		files[filepath.ToSlash(path)], err = parser.ParseFile(token.NewFileSet(), path, nil, 0)
		return err
	})
	if err != nil || len(files) < 50 {
		t.Fatalf("%d files, error %v", len(files), err)
	}
	return files
}

// yieldsOption reports whether a function returns one value of a type whose name ends
// in Option.
func yieldsOption(f *ast.FuncDecl) bool {
	if f.Type.Results.NumFields() != 1 {
		return false
	}
	kind := f.Type.Results.List[0].Type
	if selector, ok := kind.(*ast.SelectorExpr); ok {
		kind = selector.Sel
	}
	name, ok := kind.(*ast.Ident)
	return ok && strings.HasSuffix(name.Name, "Option")
}

// Protects the verification of certificates: no option turns it off, and no code names
// the field that would.
func TestOptionsAreKnown(t *testing.T) {
	t.Parallel()
	const forbidden = "Insecure" + "SkipVerify"
	var found []string
	for path, file := range goFiles(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			if name, ok := n.(*ast.Ident); ok && name.Name == forbidden {
				t.Errorf("%s names %s", path, forbidden)
			}
			return true
		})
		dir, _, _ := strings.Cut(path, "/"+filepath.Base(path))
		if dir == path {
			dir = ""
		}
		for _, decl := range file.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if ok && f.Name.IsExported() && yieldsOption(f) && !strings.HasPrefix(path, "internal/") {
				found = append(found, dir+"."+f.Name.Name)
			}
		}
	}
	slices.Sort(found)
	want := slices.Sorted(slices.Values(options))
	if d := cmp.Diff(want, found); d != "" {
		t.Errorf("-known +found:\n%s", d)
	}
}

var testName = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z]\w*`)

// Protects readers of SECURITY.md: each row of its table of threats links to tests, and
// each test exists in the linked file.
func TestSecurityTable(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	link := regexp.MustCompile(`\[(\w+)\]\(([\w./]+_test\.go)\)`)
	rows := 0
	for line := range strings.Lines(string(text)) {
		links := link.FindAllStringSubmatch(line, -1)
		if names := testName.FindAllString(line, -1); len(names) != len(links) {
			t.Errorf("not every test has a link: %q", names)
		}
		for _, l := range links {
			source, err := os.ReadFile(filepath.FromSlash(l[2]))
			if err != nil || !bytes.Contains(source, []byte("\nfunc "+l[1]+"(")) {
				t.Errorf("%s has no %s: %v", l[2], l[1], err)
			}
		}
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "| Threat") || strings.HasPrefix(line, "| ---") {
			continue
		}
		if rows++; len(links) == 0 || strings.Count(line, " | ") != 2 {
			t.Errorf("a row without a test: %s", line)
		}
	}
	if rows < 20 {
		t.Errorf("the table has %d rows", rows)
	}
}

// call is one call of a client, made by its own New.
type call func(t *testing.T, opts ...confab.Option) (client any, err error)

var calls = map[string]call{
	"chatbotkit": func(t *testing.T, opts ...confab.Option) (any, error) {
		t.Helper()
		c, err := chatbotkit.New(opts...)
		if err != nil {
			return c, err
		}
		_, err = c.Conversations.Get(t.Context(), "a")
		return c, err
	},
	"chatbotkit stream": func(t *testing.T, opts ...confab.Option) (any, error) {
		t.Helper()
		c, err := chatbotkit.New(opts...)
		if err != nil {
			return c, err
		}
		_, err = chatbotkit.Collect(c.Conversations.CompleteStream(t.Context(), "a", chatbotkit.ConversationCompleteParams{Text: "Hi"}))
		return c, err
	},
	"chatbot": func(t *testing.T, opts ...confab.Option) (any, error) {
		t.Helper()
		c, err := chatbot.New(opts...)
		if err != nil {
			return c, err
		}
		_, err = c.Conversations.Get(t.Context(), "a")
		return c, err
	},
	"chatbot stream": func(t *testing.T, opts ...confab.Option) (any, error) {
		t.Helper()
		c, err := chatbot.New(opts...)
		if err != nil {
			return c, err
		}
		_, err = chatbot.Collect(c.Completions.Stream(t.Context(), "a", chatbot.CompletionCreateParams{Message: chatbot.MessageParam{Content: "Hi"}}))
		return c, err
	},
	"webchat": func(t *testing.T, opts ...confab.Option) (any, error) {
		t.Helper()
		c, err := webchat.New(opts...)
		if err != nil {
			return c, err
		}
		_, err = c.Query(t.Context(), webchat.QueryParams{SessionID: "0123456789", Query: "Hi"})
		return c, err
	},
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }

// respond returns an option with an HTTP client that gets the same response to every
// request.
func respond(status int, contentType, body string) confab.Option {
	return confab.WithHTTPClient(&http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: status, Header: http.Header{"Content-Type": {contentType}}, ContentLength: -1,
			Body: io.NopCloser(strings.NewReader(body)),
		}, nil
	})})
}

// Protects the key from programs that print a client or an option: no verb shows it.
func TestClientsShowNoKey(t *testing.T) {
	t.Parallel()
	for name, call := range calls {
		client, _ := call(t, confab.WithAPIKey(secret), respond(200, "application/json", `{}`))
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			for _, arg := range []any{client, []any{client}, confab.WithAPIKey(secret)} {
				if text := fmt.Sprintf(verb, arg); leaks(text) {
					t.Errorf("%s: %s shows the key: %s", name, verb, text)
				}
			}
		}
	}
}

// Protects requests from option values that would add headers: each option that sets a
// header refuses them, in each client.
func TestOptionsInjectNoHeader(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{"a\r\nX-Evil: 1", "a\nX-Evil: 1", "a\rX-Evil: 1", "a\x00", "\n", "a\x0b"} {
		for name, opt := range map[string]confab.Option{
			"WithAPIKey": confab.WithAPIKey(bad), "WithUserAgent": confab.WithUserAgent(bad),
			"WithHeader's value": confab.WithHeader("X-A", bad), "WithHeader's name": confab.WithHeader(bad, "x"),
		} {
			for api, call := range calls {
				if _, err := call(t, confab.WithAPIKey("k"), respond(200, "text/plain", ""), opt); !errors.Is(err, confab.ErrInvalid) {
					t.Errorf("%s, %s with %q: got %v, want ErrInvalid", api, name, bad, err)
				}
			}
		}
		for name, opt := range map[string]confab.Option{
			"WithTimezone": chatbotkit.WithTimezone(bad), "WithRunAsUser": chatbotkit.WithRunAsUser(bad), "WithRunAsUserEmail": chatbotkit.WithRunAsUserEmail(bad),
		} {
			if _, err := chatbotkit.New(confab.WithAPIKey("k"), opt); !errors.Is(err, confab.ErrInvalid) {
				t.Errorf("%s with %q: got %v, want ErrInvalid", name, bad, err)
			}
		}
	}
}

// Protects the stack and the memory from responses that are nested a million deep: they
// are errors, for a success, a failure and a stream.
func TestDeepJSON(t *testing.T) {
	t.Parallel()
	const depth = 1_000_000
	for name, body := range map[string]string{
		"arrays":            strings.Repeat("[", depth) + strings.Repeat("]", depth),
		"arrays, open":      strings.Repeat("[", depth),
		"objects":           strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth),
		"within a response": `{"id":"a","result":{"fulfillment":[{"type":"text","x":` + strings.Repeat("[", depth) + strings.Repeat("]", depth) + `}]}}`,
		"within an event":   `{"type":"message","data":{"meta":` + strings.Repeat(`{"a":`, depth) + "1" + strings.Repeat("}", depth) + "}}",
		"an error's fields": `{"detail":` + strings.Repeat(`[{"a":`, depth/2) + "1" + strings.Repeat("}]", depth/2) + "}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for api, call := range calls {
				contentType := "application/json"
				if api == "chatbotkit stream" {
					contentType = "application/jsonl"
				}
				for _, status := range []int{200, 400} {
					if _, err := call(t, confab.WithAPIKey("k"), respond(status, contentType, body)); err == nil {
						t.Errorf("%s accepted it with status code %d", api, status)
					}
				}
			}
		})
	}
}

// Protects readers of ARCHITECTURE.md: each path that it names exists.
func TestArchitecturePaths(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	paths := regexp.MustCompile("`((?:chatbotkit|chatbot|webchat|internal|examples|confabotel|confabtest)[/\\w.]*)`").FindAllStringSubmatch(string(text), -1)
	if len(paths) < 20 {
		t.Fatalf("found %d paths, want at least 20", len(paths))
	}
	for _, path := range paths {
		if _, err := os.Stat(filepath.FromSlash(path[1])); err != nil {
			t.Error(err)
		}
	}
}
