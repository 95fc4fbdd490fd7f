package chatbot

import "github.com/confab-go/confab"

// FileStatus is the state of a [File] in the assistant's knowledge.
type FileStatus string

// The documented states.
const (
	FileInitial    FileStatus = "initial"
	FileProcessing FileStatus = "processing"
	FileDone       FileStatus = "done"
	FileDeleting   FileStatus = "deleting"
	FileFailed     FileStatus = "failed"
)

// File is a file of an assistant's knowledge that a reply cites.
type File struct {
	ID       string `json:"id"`
	Filename string `json:"filename"`
	// File is the URL of the file.
	File     string `json:"file"`
	FileType string `json:"fileType"`
	// Size is in bytes.
	Size   int64      `json:"size"`
	Status FileStatus `json:"status"`
	// ChatbotFileContentID is the id of the file's content. The webhook and older
	// servers send DocumentID in its place.
	ChatbotFileContentID string      `json:"chatbotFileContent,omitzero"`
	DocumentID           string      `json:"document,omitzero"`
	Parser               Parser      `json:"parser,omitzero"`
	CreatedAt            confab.Time `json:"createdAt,omitzero"`
}

// Parser is the program that extracted the text of a [File].
type Parser struct {
	ID       string `json:"id"`
	Name     string `json:"name"`
	Provider string `json:"provider"`
	Priority int    `json:"priority"`
}

// CitationNode is a passage that a reply is based on.
type CitationNode struct {
	ChatbotTextNode TextNode `json:"chatbotTextNode"`
	// Score is how well the passage fits. It is nil if the server does not say.
	Score        *float64 `json:"score,omitzero"`
	DisplayScore string   `json:"displayScore"`
}

// TextNode is a passage of a file.
type TextNode struct {
	ID              string      `json:"id"`
	CharactersCount int         `json:"charactersCount"`
	HitsCount       int         `json:"hitsCount"`
	Text            string      `json:"text"`
	Filename        string      `json:"filename"`
	UpdatedAt       confab.Time `json:"updatedAt,omitzero"`
}
