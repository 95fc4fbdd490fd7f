package redact_test

import (
	"strings"
	"testing"

	"github.com/confab-go/confab/internal/redact"
)

// Protects keys in whatever spelling a server has for them, and what stands around
// them from being taken for one.
func TestText(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ secret, text, want string }{
		{"sk-1", "", ""},
		{"sk-1", "key", "key"},
		{"sk-1", "sk-", "sk-"},
		{"sk-1", "asksk-1sk-12", "ask[redacted][redacted]2"},
		{"sk-1", `\u0073\\u006B\x2d\U00000031`, "[redacted]"},
		{"sk-1", "%73%256b%25252D1", "[redacted]"},
		{"sk-1", "&#115;&#x6B;&amp;#45;&amp;amp;#0049;", "[redacted]"},
		{"sk-1", `"say \"sk-1\""`, `"say \"[redacted]\""`},
		{"a/b", `a\/b a%2fb a&#47;b`, "[redacted] [redacted] [redacted]"},
		{"a b", "a+b a%20b", "[redacted] [redacted]"},
		{"a+b", "a+b a%2Bb a b", "[redacted] [redacted] a b"},
		{"a%2Fb", "a%2Fb a%252Fb a%25252Fb a/b", "[redacted] [redacted] [redacted] a/b"},
		{"a%25b", "a%25b a%2525b", "[redacted] [redacted]"},
		{`a\b`, `a\b a\\b a\\\\b a\u005cb a%5Cb`, strings.TrimSpace(strings.Repeat("[redacted] ", 5))},
		{`a\\b`, `a\\b a\\\\b`, "[redacted] [redacted]"},
		{`<"'&>`, `<"'&> &lt;&quot;&apos;&amp;&gt; &lt;&#34;&#39;&amp;amp;&gt; \u003c\"'\u0026\u003e`, strings.TrimSpace(strings.Repeat("[redacted] ", 4))},
		{"é𝄞", `é𝄞 \u00e9\ud834\udd1e %C3%a9%F0%9D%84%9E \xc3\xa9\U0001d11e &eacute; &#233;&#x1d11e;`, "[redacted] [redacted] [redacted] [redacted] &eacute; [redacted]"},
		{"k\xffy", "k\xffy k%FFy k\\xffy", "[redacted] [redacted] [redacted]"},
	} {
		if got := redact.Text(tt.text, []string{tt.secret}); got != tt.want {
			t.Errorf("%q in %q: got %q, want %q", tt.secret, tt.text, got, tt.want)
		}
	}
	if got := redact.Text("none", nil); got != "none" {
		t.Errorf("got %q without secrets", got)
	}
}

// Protects keys that were replaced by longer ones of the same beginning.
func TestTextTakesTheLongest(t *testing.T) {
	t.Parallel()
	for _, secrets := range [][]string{{"sk-a", "sk-abc"}, {"sk-abc", "sk-a"}} {
		if got := redact.Text("sk-abc sk-ab", secrets); got != "[redacted] [redacted]b" {
			t.Errorf("got %q", got)
		}
	}
}

// Protects a key at the place where a body is cut: it is replaced whole, and what
// follows the place is not shown, however much shorter the rest has become.
func TestHead(t *testing.T) {
	t.Parallel()
	const text = "a sk-1 b sk-1 c"
	for n, want := range map[int]string{0: "", 2: "a ", 3: "a [redacted]", 6: "a [redacted]", 7: "a [redacted] ", 11: "a [redacted] b [redacted]", 15: "a [redacted] b [redacted] c", 99: "a [redacted] b [redacted] c"} {
		if got := redact.Head(text, n, []string{"sk-1"}); got != want {
			t.Errorf("%d bytes: got %q, want %q", n, got, want)
		}
	}
}

// Protects the program from a server that writes what looks like a key over and
// over, and from keys of any size: neither takes more than a moment.
func TestTextOfHostileServers(t *testing.T) {
	t.Parallel()
	const size = 64 << 10
	secret := strings.Repeat("a", 47) + "b"
	for _, piece := range []string{"a", `\`, "%25", "&amp;", "&#0", `\u0061`, `\\a`} {
		text := strings.Repeat(piece, size/len(piece))
		if got := redact.Text(text, []string{secret}); got != text {
			t.Errorf("%q: something was replaced", piece)
		}
	}
	huge := strings.Repeat("k", 1<<20)
	if got := redact.Text("a"+huge+"b", []string{huge}); got != "a[redacted]b" {
		t.Errorf("a huge key gave %d bytes", len(got))
	}
}
