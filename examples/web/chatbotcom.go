package main

import (
	"cmp"
	"context"
	"iter"
	"time"

	"github.com/confab-go/confab/webchat"
)

type chatBotCom struct {
	limited
	client *webchat.Client
}

func (chatBotCom) About() about {
	return about{ID: "chatbotcom", Name: "ChatBot.com", MaxLength: 256, Greets: true}
}

// Ask yields one message for each item of the reply, after the delay that the author of
// the bot has set.
func (p chatBotCom) Ask(ctx context.Context, q question) iter.Seq2[event, error] {
	return func(yield func(event, error) bool) {
		params := webchat.QueryParams{SessionID: cmp.Or(q.Conversation, webchat.NewSessionID()), Query: q.Text, Goto: q.Goto}
		if q.Text == "" && q.Goto == "" {
			params.Trigger = webchat.TriggerWelcome
		}
		reply, err := p.client.Query(ctx, params)
		if err != nil {
			yield(event{}, err)
			return
		}
		if !yield(event{Type: eventStart, Conversation: params.SessionID}, nil) {
			return
		}
		for _, item := range reply.Fulfillment {
			e := message(item)
			if e.Type == "" || item.Common().Debug {
				continue
			}
			select {
			case <-time.After(item.Common().Delay):
			case <-ctx.Done():
				yield(event{}, ctx.Err())
				return
			}
			if !yield(e, nil) {
				return
			}
		}
		yield(event{Type: eventDone}, nil)
	}
}

// message returns an item as an event, or the zero event if there is nothing to show.
func message(item webchat.Fulfillment) event {
	switch item := item.(type) {
	case webchat.TextFulfillment:
		return event{Type: eventMessage, Text: item.Message}
	case webchat.ImageFulfillment:
		return event{Type: eventMessage, Image: item.ImageURL}
	case webchat.QuickRepliesFulfillment:
		return event{Type: eventMessage, Text: item.Title, Buttons: buttons(item.Buttons)}
	case webchat.ButtonFulfillment:
		return event{Type: eventMessage, Text: item.Title, Buttons: buttons(item.Buttons)}
	case webchat.CardFulfillment:
		return event{Type: eventMessage, Cards: cards(item.Card)}
	case webchat.CardsFulfillment:
		return event{Type: eventMessage, Cards: cards(item.Cards...)}
	}
	return event{}
}

func cards(received ...webchat.Card) []card {
	var cards []card
	for _, c := range received {
		cards = append(cards, card{c.Title, c.Subtitle, c.ImageURL, buttons(c.Buttons)})
	}
	return cards
}

func buttons(received []webchat.Button) []button {
	var buttons []button
	for _, b := range received {
		if b.Type == webchat.ButtonGoto {
			buttons = append(buttons, button{Title: b.Title, Goto: b.Value})
		} else {
			buttons = append(buttons, button{Title: b.Title, Text: cmp.Or(b.Value, b.Title)})
		}
	}
	return buttons
}
