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

// No struct loses fields to one that is embedded, and every optional number is a
// *int or a *float64.
func TestShapes(t *testing.T) {
	t.Parallel()
	clienttest.Shapes(t, publicTypes...)
}

// What is not set is not sent, so that the zero value of every params struct is
// right: an empty object but for what the API requires.
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
