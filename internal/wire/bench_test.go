package wire_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/confab-go/confab/internal/wire"
)

// pageOf returns a page of n items, each of which is format with its number.
func pageOf(n int, format string) []byte {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf(format, i)
	}
	return []byte(`{"items":[` + strings.Join(items, ",") + `],"cursor":"clx0000000000000000000000"}`)
}

const (
	conversationJSON = `{"id":"clx%022d","name":null,"description":"A conversation","createdAt":1782131439710,"updatedAt":1782131439710}`
	recordJSON       = `{"id":"%036d","inputMessage":"When are you open?","condenseMessage":"What are the opening hours of the shop in Taipei?",` +
		`"outputMessage":"Our shop in Taipei is open from nine to six on every day but Sunday. The one in Tainan opens an hour later.",` +
		`"context":null,"faithfulnessScore":0.875,"answerRelevancyScore":0.91,"contextPrecisionScore":null,"answerCorrectnessScore":null,` +
		`"answerSimilarityScore":null,"contextRecallScore":null,"displayFaithfulnessScore":"87%%","displayAnswerRelevancyScore":"91%%",` +
		`"displayContextPrecisionScore":null,"displayAnswerCorrectnessScore":null,"displayAnswerSimilarityScore":"-","displayContextRecallScore":"-",` +
		`"replyTime":"1.28","createdAt":"1782131439710","error":null}`
)

// BenchmarkDecode compares Decode with json.Unmarshal.
func BenchmarkDecode(b *testing.B) {
	for _, test := range []struct {
		name string
		text []byte
	}{
		{"100 conversations", pageOf(100, conversationJSON)},
		{"100 records", pageOf(100, recordJSON)},
		{"10000 records", pageOf(10000, recordJSON)},
	} {
		b.Run(test.name+"/Decode", func(b *testing.B) {
			b.SetBytes(int64(len(test.text)))
			b.ReportAllocs()
			for b.Loop() {
				var out page[message]
				if odd, err := wire.Decode(test.text, &out); odd != nil || err != nil {
					b.Fatal(odd, err)
				}
			}
		})
		b.Run(test.name+"/Unmarshal", func(b *testing.B) {
			b.SetBytes(int64(len(test.text)))
			b.ReportAllocs()
			for b.Loop() {
				var out page[message]
				if err := json.Unmarshal(test.text, &out); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(test.name+"/Bounded", func(b *testing.B) {
			b.SetBytes(int64(len(test.text)))
			for b.Loop() {
				if err := wire.Bounded(test.text); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
