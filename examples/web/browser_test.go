package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/confab-go/confab/chatbot/chatbottest"
	"github.com/confab-go/confab/chatbotkit/chatbotkittest"
	"github.com/confab-go/confab/confabtest"
	"github.com/confab-go/confab/webchat/webchattest"
)

var screenshots = flag.String("screenshots", "", "the `directory` to write pictures of the page to")

// browserTime bounds one test in the browser.
const browserTime = time.Minute

// startBrowser starts Chromium once for all tests. It has a profile of its own.
var startBrowser = sync.OnceValues(func() (context.Context, context.CancelFunc) {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		ctx, _ := chromedp.NewExecAllocator(context.Background(), append(chromedp.DefaultExecAllocatorOptions[:],
			chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
			chromedp.Flag("disable-quic", true), chromedp.Flag("disable-background-networking", true),
			chromedp.Flag("disable-component-update", true), chromedp.Flag("disable-sync", true))...)
		ctx, stop := chromedp.NewContext(ctx)
		if err := chromedp.Do(ctx); err != nil {
			panic(err)
		}
		return ctx, stop
	}
	return nil, func() {}
})

func TestMain(m *testing.M) {
	if upstream := os.Getenv("RELAY_UPSTREAM"); upstream != "" {
		if err := relayProcess(upstream, os.Getenv("RELAY_KEY"), os.Getenv("RELAY_CHATBOT")); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	flag.Parse()
	code := m.Run()
	if browser, stop := startBrowser(); browser != nil {
		_ = chromedp.Cancel(browser)
		stop()
	}
	os.Exit(code)
}

// tab is a tab of the browser.
type tab struct {
	context.Context
	t *testing.T
}

// open opens the page in a new window without cookies. The test fails if the page throws
// an exception or breaks its content security policy.
func open(t *testing.T, url string) *tab {
	t.Helper()
	browser, _ := startBrowser()
	if browser == nil {
		t.Skip("there is no chromium, so the page is not tested")
	}
	ctx, cancel := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	return load(ctx, t, url)
}

func load(ctx context.Context, t *testing.T, url string) *tab {
	t.Helper()
	ctx, cancel := context.WithTimeout(ctx, browserTime)
	b := &tab{Context: ctx, t: t}
	console := chromedp.Console(ctx)
	var read sync.WaitGroup
	read.Go(func() {
		for message, err := range console {
			if err != nil {
				return // the test is over
			}
			if message.IsException() || strings.Contains(message.Text, "Security Policy") {
				t.Errorf("the page has an error: %v", message)
			}
		}
	})
	t.Cleanup(func() {
		cancel()
		read.Wait()
	})
	b.do(chromedp.EmulateViewport(1280, 800), chromedp.Navigate(url), visible("[role=tab]"))
	return b
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b, steps...); err != nil {
		b.t.Fatalf("%v; the page shows:\n%s", err, b.body())
	}
}

func click(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible)
}

// press clicks the button with a text.
func press(text string) chromedp.Action[chromedp.Void] {
	return chromedp.Click(fmt.Sprintf(`//section[not(@hidden)]//button[text()=%q and not(@disabled)]`, text), chromedp.NodeVisible)
}

func visible(selector string) chromedp.Action[chromedp.Void] {
	return chromedp.WaitVisible(chromedp.CSS(selector))
}

func (b *tab) body() string {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(b.Context), 5*time.Second)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string]("document.body.innerText"))
	if err != nil {
		return err.Error()
	}
	return text
}

// until waits for a condition in JavaScript.
func (b *tab) until(condition string, args ...any) {
	b.t.Helper()
	condition = fmt.Sprintf(condition, args...)
	_, err := chromedp.Run(b, chromedp.Poll[bool](condition, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(20*time.Second)))
	if err != nil {
		b.t.Fatalf("%v for %s; the page shows:\n%s", err, condition, b.body())
	}
}

// value returns the value of an expression in JavaScript.
func value[T any](b *tab, expression string) T {
	b.t.Helper()
	v, err := chromedp.Run(b, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%v for %s", err, expression)
	}
	return v
}

// choose clicks the tab of a product.
func (b *tab) choose(product string) {
	b.t.Helper()
	b.do(click("#tab-" + product))
}

// ask types a question and sends it with Enter.
func (b *tab) ask(text string) {
	b.t.Helper()
	b.do(chromedp.SendKeys(chromedp.CSS(panel+" textarea"), text+kb.Enter))
}

const (
	panel = "[role=tabpanel]:not([hidden])"
	// The script for the text of the last message.
	last = `(document.querySelector("` + panel + ` .message:last-child .bubble")?.innerText ?? "")`
	// The script for the text of the transcript.
	transcript = `document.querySelector("` + panel + ` .transcript").innerText`
)

// Protects the main way: a question typed and sent with Enter, an answer that grows, its
// sources, and a second question in the same conversation.
func TestPageAnswers(t *testing.T) {
	t.Parallel()
	b := startBots(t, 30*time.Millisecond, words(30)...)
	i := start(t, testConfig, nil, b.products()...)
	page := open(t, i.url)
	for _, product := range []string{"chatbotkit", "maiagent"} {
		page.choose(product)
		for range 2 {
			page.ask("A question with <b>markup</b>")
			page.until(`%s.startsWith("word") && %s.length < 100`, last, last)
			page.until(`%s.trim().length == 149 && !document.querySelector("%s .waiting")`, last, panel)
		}
		if got := value[string](page, transcript); strings.Count(got, "A question with <b>markup</b>") != 2 {
			t.Errorf("%s: the transcript is %q", product, got)
		}
	}
	page.do(click(panel + " .message:last-child summary"))
	page.until(`document.querySelector("%s .message:last-child details").innerText.includes("A <b>passage</b>.")`, panel)
	if text := value[string](page, `document.querySelector("`+panel+` textarea").value`); text != "" {
		t.Errorf("%q is left in the field", text)
	}
	if n := len(b.agent.Conversations()) + len(b.kit.Conversations()); n != 2 {
		t.Errorf("%d conversations, want one with each product", n)
	}
}

// Protects the visitor's time and the owner's money: the stop button ends the request to
// the product, and so does a tab that is closed.
func TestPageStops(t *testing.T) {
	t.Parallel()
	b := startBots(t, 50*time.Millisecond, words(2000)...)
	i := start(t, testConfig, nil, b.products()...)
	aborted := func() (n int) {
		for _, r := range append(b.agent.Requests(), b.kit.Requests()...) {
			if r.Aborted {
				n++
			}
		}
		return n
	}
	page := open(t, i.url)
	for n, product := range []string{"chatbotkit", "maiagent"} {
		page.choose(product)
		page.ask("Go on")
		page.until(`%s.startsWith("word word")`, last)
		page.do(click(panel+" .stop"), visible(panel+" .send"))
		page.until(`%s.startsWith("Stopped.") && document.activeElement.tagName == "TEXTAREA"`, last)
		eventually(t, "the request to "+product+" ends", func() bool { return aborted() == n+1 })
	}
	page.ask("Go on")
	page.until(`%s.startsWith("word word")`, last)
	if err := chromedp.Cancel(page.Context); err != nil {
		t.Error(err)
	}
	eventually(t, "the request of a closed tab ends", func() bool { return aborted() == 3 })
}

// Protects the items of ChatBot.com: its greeting, quick replies as buttons, cards with
// pictures, and a button that leads to another interaction.
func TestPageQuickReplies(t *testing.T) {
	t.Parallel()
	b := startBots(t, 0)
	page := open(t, start(t, testConfig, nil, b.products()...).url)
	page.choose("chatbotcom")
	page.do(press("Show the teas"), visible(panel+" .card"))
	page.until(`[...document.querySelectorAll("%s .card img")].filter((i) => i.complete && i.naturalWidth > 0).length == 2`, panel)
	page.do(press("Order Sencha"), press("A person"))
	page.until(`%s == "A person will be with you in a moment."`, last)
	if got := value[string](page, transcript); !strings.Contains(got, "Show the teas") || strings.Contains(got, "show the teas") {
		t.Errorf("a button's title is not what the visitor said: %q", got)
	}
	if n := value[int](page, `document.querySelectorAll("`+panel+` .transcript button:enabled").length`); n != 0 {
		t.Errorf("%d buttons of earlier messages can be pressed", n)
	}
}

// Protects against silent ends: the page says that the answer was cut, and that a message
// may have arrived, and asks again if the visitor wants.
func TestPageFailures(t *testing.T) {
	t.Parallel()
	b := startBots(t, 0, words(30)...)
	page := open(t, start(t, testConfig, nil, b.products()...).url)
	page.choose("maiagent")
	retry := func() { page.do(click(panel + " .failed button")) }
	whole := fmt.Sprintf(`%s.trim().length == 149 && !document.querySelector("%s .waiting")`, last, panel)

	b.agent.Inject(chatbottest.Fault{CutAfterEvents: new(10)})
	page.ask("Hello")
	page.until(`%s == "The connection to MaiAgent was lost before the answer was complete."`, last)
	if got := value[string](page, transcript); strings.Count(got, "word") != 10 {
		t.Errorf("what arrived before the cut is gone: %q", got)
	}
	retry()
	page.until("%s", whole)
	if got := value[string](page, transcript); strings.Count(got, "Hello") != 1 || strings.Contains(got, "lost") {
		t.Errorf("after a retry the transcript is %q", got)
	}

	b.agent.Inject(chatbottest.Fault{CloseAfterRead: true, Act: true})
	page.ask("Hello")
	page.until(`%s.includes("Your message may have arrived.")`, last)
	retry()
	page.until("%s", whole)

	page.choose("chatbotkit")
	b.kit.Inject(chatbotkittest.Fault{Route: chatbotkittest.RouteConversationDispatch, CloseAfterRead: true, Act: true})
	page.ask("Hello")
	page.until(`%s || %s == "The connection to ChatBotKit was lost before the answer was complete. Your message may have arrived."`, whole, last)
	if !value[bool](page, whole) {
		retry()
		page.until("%s", whole)
	}
	if n := b.kit.Performed()["POST "+chatbotkittest.RouteConversationDispatch]; n != 1 {
		t.Errorf("the bot got %d messages, want 1", n)
	}

	page.choose("maiagent")
	b.agent.Inject(chatbottest.Fault{Status: 401})
	page.ask("Hello")
	page.until(`%s == "This page is not set up correctly for MaiAgent. Please tell its owner."`, last)
}

// Protects an answer of ChatBotKit over a lost connection: the page takes it up where it
// was, without a second message to the bot.
func TestPageResumes(t *testing.T) {
	t.Parallel()
	tokens := make([]string, 80)
	for n := range tokens {
		tokens[n] = fmt.Sprintf("w%d ", n)
	}
	b := startBots(t, 30*time.Millisecond, tokens...)
	i := start(t, testConfig, nil, b.products()...)
	page := open(t, i.url)
	whole := strings.TrimSpace(strings.Join(tokens, ""))
	finished := fmt.Sprintf(`%s.trim() == %q && !document.querySelector("%s .waiting")`, last, whole, panel)

	page.ask("Hello")
	page.until(`%s.includes("w5 ")`, last)
	page.do(chromedp.Reload(), visible("[role=tab]"))
	page.until(`document.querySelector("%s .waiting") && %s.includes("w5 ")`, panel, last)
	page.until("%s", finished)

	b.kit.Inject(chatbotkittest.Fault{Route: chatbotkittest.RouteChannelSubscribe, CutAfterEvents: new(10), Times: 2})
	page.ask("Again")
	page.until("%s", finished)
	if n := b.kit.Performed()["POST "+chatbotkittest.RouteConversationDispatch]; n != 2 {
		t.Errorf("the bot got %d messages, want 2", n)
	}

	page.choose("maiagent")
	page.ask("Hello")
	page.until(`%s.includes("w5 ")`, last)
	page.do(chromedp.Reload(), visible("[role=tab]"))
	page.until(`%s == "The page was reloaded before the answer was complete."`, last)
}

// Protects an answer in flight from a new version of the service: the old process ends it,
// and the page finds it in the new one.
func TestPageSurvivesRestart(t *testing.T) {
	t.Parallel()
	b := startBots(t, 30*time.Millisecond, words(60)...)
	old := startOn(t, "127.0.0.1:0", 0, testConfig, nil, b.products()...)
	page := open(t, old.url)
	page.ask("Hello")
	page.until(`%s.startsWith("word word")`, last)
	old.stop()
	<-old.ended
	startOn(t, strings.TrimPrefix(old.url, "http://"), 0, testConfig, nil, b.products()...)
	page.until(`%s.trim().length == 299 && !document.querySelector("%s .waiting")`, last, panel)
	if n := b.kit.Performed()["POST "+chatbotkittest.RouteConversationDispatch]; n != 1 {
		t.Errorf("the bot got %d messages, want 1", n)
	}
}

// Protects tabs from each other: each has a conversation of its own, also with the same
// cookie.
func TestPageTwoTabs(t *testing.T) {
	t.Parallel()
	b := startBots(t, 20*time.Millisecond, words(30)...)
	i := start(t, testConfig, nil, b.products()...)
	first := open(t, i.url)
	ctx, cancel := chromedp.NewContext(first.Context) // the same window, and so the same cookie
	defer cancel()
	second := load(ctx, t, i.url)
	for _, page := range []*tab{first, second} {
		page.ask("Hello")
	}
	for _, page := range []*tab{first, second} {
		page.until(`%s.trim().length == 149 && !document.querySelector("%s .waiting")`, last, panel)
		if got := value[string](page, transcript); strings.Count(got, "Hello") != 1 {
			t.Errorf("a tab shows %q", got)
		}
	}
	if n := len(b.kit.Conversations()); n != 2 {
		t.Errorf("%d conversations, want 2", n)
	}
}

// Protects uploads: the file reaches the product, and goes with the next message.
func TestPageUploads(t *testing.T) {
	t.Parallel()
	b := startBots(t, 0, words(3)...)
	page := open(t, start(t, testConfig, nil, b.products()...).url)
	path := filepath.Join(t.TempDir(), "note.txt")
	if err := os.WriteFile(path, []byte("Tea at five."), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, product := range []string{"chatbotkit", "maiagent"} {
		page.choose(product)
		page.do(chromedp.SetUploadFiles(chromedp.CSS(panel+" input[type=file]"), []string{path}))
		page.until(`document.querySelector("%s .files").innerText.includes("ready")`, panel)
		page.ask("Read this")
		page.until(`%s.trim() == "word word word"`, last)
	}
	if files := b.kit.Attachments(b.kit.Conversations()[0].ID); len(files) != 1 || string(files[0].Data) != "Tea at five." || len(b.kit.Conversations()) != 1 {
		t.Errorf("ChatBotKit has %+v", files)
	}
	if messages := b.agent.Messages(b.agent.Conversations()[0].ID); len(messages[0].Attachments) != 1 || messages[0].Attachments[0].Filename != "note.txt" {
		t.Errorf("MaiAgent has %+v", messages)
	}
	b.agent.Inject(confabtest.Fault{Status: 500})
	page.do(chromedp.SetUploadFiles(chromedp.CSS(panel+" input[type=file]"), []string{path}))
	page.until(`document.querySelector("%s .files").innerText.includes("MaiAgent could not answer.")`, panel)
}

// Protects keyboards and screen readers: the order of the tab key, the arrows between
// products, names for everything that can be focused, and a live region that gets the
// answer once.
func TestPageAccessible(t *testing.T) {
	t.Parallel()
	b := startBots(t, 0, words(3)...)
	page := open(t, start(t, testConfig, nil, b.products()...).url)
	page.ask("Hello")
	page.until(`document.querySelector("#status").innerText.trim() == "word word word"`)
	focused := func() string {
		return value[string](page, `(e => e.id || e.className || e.type || e.tagName)(document.activeElement)`)
	}
	page.do(chromedp.Focus(chromedp.CSS("#tab-chatbotkit")))
	var order []string
	for range 6 {
		order = append(order, focused())
		page.do(chromedp.KeyEvent(kb.Tab))
	}
	if got := strings.Join(order, ", "); got != "tab-chatbotkit, restart, transcript, file, textarea, send" {
		t.Error("the order of the tab key is ", got)
	}
	page.do(chromedp.Focus(chromedp.CSS("#tab-chatbotkit")), chromedp.KeyEvent(kb.ArrowLeft))
	if got := focused(); got != "tab-chatbotcom" {
		t.Error("the left arrow leads from the first product to ", got)
	}
	page.do(visible(panel + " .buttons"))
	unnamed := value[[]string](page, `[...document.querySelectorAll("button, input, textarea, [role=tabpanel], [role=log], [role=tablist]")].filter(
		(e) => !e.innerText?.trim() && !e.ariaLabel && !e.labels?.[0]?.innerText.trim() && !document.getElementById(e.getAttribute("aria-labelledby"))).map((e) => e.outerHTML)`)
	if len(unnamed) > 0 {
		t.Errorf("these have no name: %q", unnamed)
	}
}

// Protects small and large screens: nothing is wider than the window. With -screenshots
// it writes pictures of both, dark and light.
func TestPageLayout(t *testing.T) {
	t.Parallel()
	b := bots{
		kit: chatbotkittest.NewServer(chatbotkittest.WithBot(func(turn chatbotkittest.Turn) chatbotkittest.Reply {
			return chatbotkittest.Reply{Tokens: clerk(turn.Text)}
		})),
		agent: chatbottest.NewServer(chatbottest.WithBot(func(turn chatbottest.Turn) chatbottest.Reply {
			return chatbottest.Reply{Tokens: clerk(turn.Content), Citations: []chatbottest.Citation{{Filename: "teas.pdf", Text: "Green tea is best at 75 °C."}}}
		})),
		com: webchattest.NewServer(webchattest.WithStories(shop())),
	}
	t.Cleanup(func() { b.kit.Close(); b.agent.Close(); b.com.Close() })
	i := start(t, testConfig, nil, b.products()...)
	for _, width := range []int64{390, 1280} {
		for _, scheme := range []string{"light", "dark"} {
			browser := open(t, i.url)
			look := func(name string) {
				t.Helper()
				if n := value[int](browser, "document.documentElement.scrollWidth"); n > int(width) {
					t.Errorf("%s is %d px wide, in a window of %d px", name, n, width)
				}
				if *screenshots == "" {
					return
				}
				picture, err := chromedp.Run(browser, chromedp.CaptureScreenshot())
				if err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(*screenshots, fmt.Sprintf("%s-%d-%s.png", name, width, scheme)), picture, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			browser.do(chromedp.EmulateViewport(width, 800))
			if _, err := chromedp.Call(browser, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			}); err != nil {
				t.Fatal(err)
			}
			look("empty")
			browser.ask("Where is my order?")
			browser.until(`%s.includes("Tuesday")`, last)
			browser.ask("How do I make green tea?")
			browser.until(`%s.includes("You asked")`, last)
			look("chatbotkit")
			b.agent.Inject(confabtest.Fault{Status: 503})
			browser.choose("maiagent")
			browser.ask("How do I make green tea?")
			browser.until(`%s.includes("may have arrived")`, last)
			look("failed")
			browser.do(click(panel + " .failed button"))
			browser.do(click(panel + " summary"))
			look("maiagent")
			browser.ask(strings.Repeat("x", 200))
			browser.until(`%s.includes("You asked: “xxx")`, last)
			if n := value[int](browser, "document.documentElement.scrollWidth"); n > int(width) {
				t.Errorf("a long word makes the page %d px wide, in a window of %d px", n, width)
			}
			browser.choose("chatbotcom")
			browser.do(press("Show the teas"), visible(panel+" .card"))
			browser.until(`!document.querySelector("%s .waiting")`, panel)
			look("chatbotcom")
		}
	}
}
