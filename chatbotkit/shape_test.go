package chatbotkit_test

import (
	"encoding/json"
	"testing"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
	"github.com/confab-go/confab/internal/clienttest"
)

// publicTypes are all structs of the package that are sent or read.
var publicTypes = []any{
	chatbotkit.Client{}, chatbotkit.Conversation{}, chatbotkit.ConversationCreateParams{}, chatbotkit.ConversationListParams{},
	chatbotkit.ConversationUpdateParams{}, chatbotkit.ConversationExportParams{}, chatbotkit.ExportedConversation{},
	chatbotkit.ConversationCompleteParams{}, chatbotkit.ConversationSendParams{}, chatbotkit.ConversationReceiveParams{},
	chatbotkit.ConversationDispatchParams{}, chatbotkit.ConversationUsageParams{}, chatbotkit.CompleteParams{}, chatbotkit.DispatchParams{},
	chatbotkit.CompactParams{}, chatbotkit.ConversationCreateSessionParams{}, chatbotkit.Session{}, chatbotkit.ConversationUpsertContactParams{}, chatbotkit.Contact{},
	chatbotkit.Message{}, chatbotkit.MessageCreateParams{}, chatbotkit.MessageListParams{}, chatbotkit.MessageUpdateParams{},
	chatbotkit.MessageSynthesizeParams{}, chatbotkit.Synthesis{}, chatbotkit.Attachment{}, chatbotkit.AttachmentListParams{}, chatbotkit.UploadedFile{},
	chatbotkit.ChannelSubscribeParams{}, chatbotkit.ChannelMessage{}, chatbotkit.Completion{}, chatbotkit.Compaction{}, chatbotkit.SentMessage{},
	chatbotkit.CreatedConversation{}, chatbotkit.CreatedMessage{}, chatbotkit.Dispatch{}, chatbotkit.Function{}, chatbotkit.Extensions{},
	chatbotkit.TokenEvent{}, chatbotkit.MessageEvent{}, chatbotkit.ResultEvent{}, chatbotkit.UnknownEvent{}, chatbotkit.ErrorEvent{},
}

// Protects the structs of the package: none loses fields to one that is embedded, and
// every optional number is a *int or a *float64.
func TestShapes(t *testing.T) {
	t.Parallel()
	clienttest.Shapes(t, publicTypes...)
}

// Protects callers who embed a result: no result has a method of encoding/json,
// which would replace that of the outer struct.
func TestResultsArePlain(t *testing.T) {
	t.Parallel()
	for _, result := range []any{
		&chatbotkit.Conversation{}, &chatbotkit.ExportedConversation{}, &chatbotkit.CreatedConversation{}, &chatbotkit.ConversationUsage{},
		&chatbotkit.Message{}, &chatbotkit.CreatedMessage{}, &chatbotkit.SentMessage{}, &chatbotkit.Synthesis{}, &chatbotkit.Completion{},
		&chatbotkit.Compaction{}, &chatbotkit.Dispatch{}, &chatbotkit.Session{}, &chatbotkit.Contact{}, &chatbotkit.Attachment{},
		&chatbotkit.UploadedFile{}, &chatbotkit.SignedRequest{}, &chatbotkit.Stamp{}, &chatbotkit.MessageEvent{}, &chatbotkit.ResultEvent{},
	} {
		if _, ok := result.(json.Marshaler); ok {
			t.Errorf("%T encodes itself", result)
		}
		if _, ok := result.(json.Unmarshaler); ok {
			t.Errorf("%T decodes itself", result)
		}
	}
}

// Protects the zero value of every params struct: a field that is not set is not
// sent, unless the API requires it.
func TestZeroParams(t *testing.T) {
	t.Parallel()
	for want, params := range map[string]any{
		`{}`:                    chatbotkit.ConversationCreateParams{},
		`{ }`:                   chatbotkit.ConversationUpdateParams{},
		`{  }`:                  chatbotkit.ConversationCompleteParams{},
		`{   }`:                 chatbotkit.ConversationDispatchParams{},
		`{    }`:                chatbotkit.MessageUpdateParams{},
		`{      }`:              chatbotkit.ConversationCreateSessionParams{},
		`{       }`:             chatbotkit.ConversationUpsertContactParams{},
		`{        }`:            chatbotkit.ChannelSubscribeParams{},
		`{         }`:           chatbotkit.MessageSynthesizeParams{},
		`{          }`:          chatbotkit.ConversationReceiveParams{},
		`{"messages":null}`:     chatbotkit.CompleteParams{},
		`{"messages": null}`:    chatbotkit.DispatchParams{},
		`{"messages":  null}`:   chatbotkit.CompactParams{},
		`{"text":""}`:           chatbotkit.ConversationSendParams{},
		`{"type":"","text":""}`: chatbotkit.MessageCreateParams{},
		`{"functions":[],"extensions":{"datasets":[]}}`: chatbotkit.ConversationReceiveParams{Functions: []chatbotkit.Function{}, Extensions: chatbotkit.Extensions{Datasets: []chatbotkit.InlineDataset{}}},
		`{"meta":{}}`: chatbotkit.ConversationCreateParams{Meta: confab.Meta{}},
	} {
		got, err := json.Marshal(params)
		if err != nil {
			t.Error(err)
		}
		clienttest.SameJSON(t, string(got), want)
	}
}
