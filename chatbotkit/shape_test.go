package chatbotkit_test

import (
	"bytes"
	"encoding/json"
	"reflect"
	"testing"
	"time"

	"github.com/confab-go/confab"
	"github.com/confab-go/confab/chatbotkit"
)

// publicTypes are all structs of the package that are sent or read.
var publicTypes = []any{
	chatbotkit.Client{}, chatbotkit.Conversation{}, chatbotkit.ConversationCreateParams{}, chatbotkit.ConversationListParams{},
	chatbotkit.ConversationUpdateParams{}, chatbotkit.ConversationExportParams{}, chatbotkit.ExportedConversation{},
	chatbotkit.ConversationCompleteParams{}, chatbotkit.ConversationSendParams{}, chatbotkit.ConversationReceiveParams{},
	chatbotkit.ConversationDispatchParams{}, chatbotkit.ConversationUsageParams{}, chatbotkit.CompleteParams{}, chatbotkit.DispatchParams{},
	chatbotkit.CompactParams{}, chatbotkit.ConversationCreateSessionParams{}, chatbotkit.Session{}, chatbotkit.ConversationUpsertContactParams{}, chatbotkit.Contact{},
	chatbotkit.MessageUpvoteParams{}, chatbotkit.Message{}, chatbotkit.MessageCreateParams{}, chatbotkit.MessageListParams{}, chatbotkit.MessageUpdateParams{},
	chatbotkit.MessageSynthesizeParams{}, chatbotkit.Synthesis{}, chatbotkit.Attachment{}, chatbotkit.AttachmentListParams{}, chatbotkit.Upload{},
	chatbotkit.ChannelSubscribeParams{}, chatbotkit.ChannelMessage{}, chatbotkit.Completion{}, chatbotkit.Compaction{}, chatbotkit.SentMessage{},
	chatbotkit.CreatedConversation{}, chatbotkit.CreatedMessage{}, chatbotkit.Dispatch{}, chatbotkit.Function{}, chatbotkit.Extensions{},
	chatbotkit.TokenEvent{}, chatbotkit.MessageEvent{}, chatbotkit.ResultEvent{}, chatbotkit.UnknownEvent{}, chatbotkit.ErrorEvent{},
}

var (
	unmarshaler = reflect.TypeFor[json.Unmarshaler]()
	marshaler   = reflect.TypeFor[json.Marshaler]()
)

// No struct that decodes itself is embedded: its method would be promoted and
// empty the outer fields. One that encodes itself may be, if the outer struct
// does so too. And every optional number of the params is a *int or a *float64.
func TestShapes(t *testing.T) {
	t.Parallel()
	seen := map[reflect.Type]bool{}
	var walk func(reflect.Type)
	walk = func(typ reflect.Type) {
		for typ.Kind() == reflect.Pointer || typ.Kind() == reflect.Slice || typ.Kind() == reflect.Map {
			typ = typ.Elem()
		}
		if typ.Kind() != reflect.Struct || seen[typ] || typ == reflect.TypeFor[time.Time]() {
			return
		}
		seen[typ] = true
		for field := range typ.Fields() {
			if field.Anonymous && reflect.PointerTo(field.Type).Implements(unmarshaler) {
				t.Errorf("%v embeds %v, which decodes itself", typ, field.Type)
			}
			if field.Anonymous && field.Type.Implements(marshaler) {
				if own, _ := typ.MethodByName("MarshalJSON"); own.Type == nil || promoted(typ, field) {
					t.Errorf("%v embeds %v, which encodes itself, and does not", typ, field.Type)
				}
			}
			if field.Type.Kind() == reflect.Pointer {
				switch field.Type.Elem().Kind() {
				case reflect.Int, reflect.Float64, reflect.Bool, reflect.Struct:
				default:
					t.Errorf("%v.%s is a %v", typ, field.Name, field.Type)
				}
			}
			if field.IsExported() {
				walk(field.Type)
			}
		}
	}
	for _, value := range publicTypes {
		walk(reflect.TypeOf(value))
	}
}

// promoted reports whether the encoding of typ loses what stands beside field.
func promoted(typ reflect.Type, field reflect.StructField) bool {
	value := reflect.New(typ).Elem()
	for other := range typ.Fields() {
		if other.Name != field.Name && other.Type.Kind() == reflect.String {
			value.FieldByName(other.Name).SetString("x")
		}
	}
	with, _ := json.Marshal(value.Interface())
	without, _ := json.Marshal(value.FieldByName(field.Name).Interface())
	return bytes.Equal(with, without)
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
		`{     }`:               chatbotkit.MessageUpvoteParams{},
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
		sameJSON(t, string(got), want)
	}
}
