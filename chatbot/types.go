package chatbot

import (
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/confab-go/confab/internal/wire"
)

// timestamp is a time on the wire. The API writes milliseconds since 1970 as a
// string of 13 digits; numbers, ISO times and null are read as well, and anything
// else is no time.
type timestamp time.Time

// UnmarshalJSON never fails, so that the fields beside a bad time are kept.
func (t *timestamp) UnmarshalJSON(data []byte) error {
	text := string(data)
	if unquoted := ""; json.Unmarshal(data, &unquoted) == nil {
		text = unquoted
	}
	*t = timestamp(parseTime(strings.TrimSpace(text)))
	return nil
}

// MarshalJSON writes the 13 digits, or null for no time.
func (t timestamp) MarshalJSON() ([]byte, error) {
	if time.Time(t).IsZero() {
		return []byte("null"), nil
	}
	return strconv.AppendQuote(nil, strconv.FormatInt(time.Time(t).UnixMilli(), 10)), nil
}

// parseTime gives the zero time for what is no time, and for 0, which stands for
// none.
func parseTime(text string) time.Time {
	if ms, err := strconv.ParseFloat(text, 64); err == nil {
		if ms == 0 || !(math.Abs(ms) <= 8.64e15) {
			return time.Time{}
		}
		return time.UnixMilli(int64(ms)).UTC()
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime, time.DateOnly} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC()
		}
	}
	return time.Time{}
}

// flag is a boolean that the API may write as a string.
type flag bool

// UnmarshalJSON never fails: what is no boolean is false.
func (f *flag) UnmarshalJSON(data []byte) error {
	value, err := strconv.ParseBool(strings.ToLower(strings.Trim(string(data), `"`)))
	*f = flag(err == nil && value)
	return nil
}

// anyID is an id that the API writes as a number or as a string.
type anyID string

// UnmarshalJSON never fails: what is neither is no id.
func (id *anyID) UnmarshalJSON(data []byte) error {
	var (
		text   string
		number json.Number
	)
	switch {
	case json.Unmarshal(data, &text) == nil:
		*id = anyID(text)
	case json.Unmarshal(data, &number) == nil:
		*id = anyID(number)
	default:
		*id = ""
	}
	return nil
}

// Contact is a person that an assistant talks to.
type Contact struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	// Avatar is the address of a picture.
	Avatar    string    `json:"avatar,omitzero"`
	CreatedAt time.Time `json:"createdAt,omitzero"`
}

type contactFields Contact

type contactWire struct {
	contactFields
	CreatedAt timestamp `json:"createdAt,omitzero"`
}

func (w *contactWire) value() *Contact {
	c := (*Contact)(&w.contactFields)
	c.CreatedAt = time.Time(w.CreatedAt)
	return c
}

// MarshalJSON writes the contact as the API does, times in milliseconds.
func (c Contact) MarshalJSON() ([]byte, error) {
	return json.Marshal(contactWire{contactFields(c), timestamp(c.CreatedAt)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (c *Contact) UnmarshalJSON(data []byte) error {
	return wire.Unmarshal(data, c, (*contactWire).value)
}

// ChannelType is the kind of platform that an [Inbox] belongs to.
type ChannelType string

// The documented platforms. There are likely more.
const (
	ChannelLine      ChannelType = "line"
	ChannelTelegram  ChannelType = "telegram"
	ChannelWeb       ChannelType = "web"
	ChannelMessenger ChannelType = "messenger"
)

// Inbox is a platform that conversations come from.
type Inbox struct {
	ID                       string      `json:"id"`
	Name                     string      `json:"name"`
	ChannelType              ChannelType `json:"channelType"`
	UnreadConversationsCount int         `json:"unreadConversationsCount,omitzero"`
}

// FileStatus is how far a [File] has been taken in.
type FileStatus string

// The documented states.
const (
	FileInitial    FileStatus = "initial"
	FileProcessing FileStatus = "processing"
	FileDone       FileStatus = "done"
	FileDeleting   FileStatus = "deleting"
	FileFailed     FileStatus = "failed"
)

// File is a file of an assistant's knowledge, as an answer cites it.
type File struct {
	ID       string `json:"id"`
	Filename string `json:"filename"`
	// File is the address of the file.
	File     string `json:"file"`
	FileType string `json:"fileType"`
	// Size is in bytes.
	Size   int64      `json:"size"`
	Status FileStatus `json:"status"`
	// ChatbotFileContent is the id of the file's content, which older servers call
	// document.
	ChatbotFileContent string    `json:"chatbotFileContent,omitzero"`
	Parser             Parser    `json:"parser,omitzero"`
	CreatedAt          time.Time `json:"createdAt,omitzero"`
}

type fileFields File

type fileWire struct {
	fileFields
	Document  string    `json:"document,omitzero"`
	CreatedAt timestamp `json:"createdAt,omitzero"`
}

func (w *fileWire) value() *File {
	f := (*File)(&w.fileFields)
	if f.ChatbotFileContent == "" {
		f.ChatbotFileContent = w.Document
	}
	f.CreatedAt = time.Time(w.CreatedAt)
	return f
}

// MarshalJSON writes the file as the API does, times in milliseconds.
func (f File) MarshalJSON() ([]byte, error) {
	return json.Marshal(fileWire{fileFields: fileFields(f), CreatedAt: timestamp(f.CreatedAt)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (f *File) UnmarshalJSON(data []byte) error { return wire.Unmarshal(data, f, (*fileWire).value) }

// Parser is what took the text out of a [File].
type Parser struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Provider string `json:"provider"`
	Priority int    `json:"priority"`
}

// CitationNode is a passage that an answer rests on.
type CitationNode struct {
	ChatbotTextNode TextNode `json:"chatbotTextNode"`
	// Score is how well the passage fits, nil where the server does not say.
	Score        *float64 `json:"score,omitzero"`
	DisplayScore string   `json:"displayScore"`
}

type nodeFields CitationNode

type nodeWire struct {
	nodeFields
	ChatbotTextNode textNodeWire `json:"chatbotTextNode"`
	Score           score        `json:"score"`
}

func (w *nodeWire) value() *CitationNode {
	n := (*CitationNode)(&w.nodeFields)
	n.Score = w.Score.Value
	n.ChatbotTextNode = *w.ChatbotTextNode.value()
	return n
}

// TextNode is a passage of a file.
type TextNode struct {
	ID              string    `json:"id"`
	CharactersCount int       `json:"charactersCount"`
	HitsCount       int       `json:"hitsCount"`
	Text            string    `json:"text"`
	Filename        string    `json:"filename"`
	UpdatedAt       time.Time `json:"updatedAt,omitzero"`
}

type textNodeFields TextNode

type textNodeWire struct {
	textNodeFields
	UpdatedAt timestamp `json:"updatedAt,omitzero"`
}

func (w *textNodeWire) value() *TextNode {
	n := (*TextNode)(&w.textNodeFields)
	n.UpdatedAt = time.Time(w.UpdatedAt)
	return n
}

// MarshalJSON writes the passage as the API does, times in milliseconds.
func (n TextNode) MarshalJSON() ([]byte, error) {
	return json.Marshal(textNodeWire{textNodeFields(n), timestamp(n.UpdatedAt)})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (n *TextNode) UnmarshalJSON(data []byte) error {
	return wire.Unmarshal(data, n, (*textNodeWire).value)
}
