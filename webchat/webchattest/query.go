package webchattest

import (
	"cmp"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/confab-go/confab/internal/fakeapi"
)

// sessionLifetime is how long a session lasts without a turn.
const sessionLifetime = 10 * time.Minute

// conversation is a session with its context and attributes.
type conversation struct {
	id           string
	session      string
	began, last  time.Time
	firstMessage *string
	attributes   map[string]string
	contexts     []context
}

// context is an interaction that was reached, with the number of unmatched queries
// after which it ends.
type context struct {
	*Interaction
	left int
}

// session returns the conversation of a session that has not expired, or nil.
func (s *Server) session(id string) *conversation {
	return fakeapi.Find(s.conversations, func(talk *conversation) bool {
		return talk.session == id && time.Since(talk.last) < sessionLifetime
	})
}

func (s *Server) updateSession(c *fakeapi.Call) (any, error) {
	var body struct {
		SessionID  string            `json:"sessionId"`
		Attributes map[string]string `json:"attributes"`
	}
	c.Decode(&body)
	talk := s.session(body.SessionID)
	if talk == nil {
		return nil, &apiError{http.StatusNotFound, "There is no such active session"}
	}
	maps.Copy(talk.attributes, body.Attributes)
	return success(), nil
}

// turn is one query and its result.
type turn struct {
	Text       string  `json:"query"`
	Trigger    string  `json:"trigger"`
	Target     string  `json:"goto"`
	Confidence float64 `json:"confidence"`
	Lifespan   int     `json:"lifespan"`
	Debug      bool    `json:"debug"`

	story *Story
	talk  *conversation
	found *Interaction
	score float64
	items []Item
}

func (s *Server) query(c *fakeapi.Call) (any, error) {
	var body struct {
		turn
		SessionID  string            `json:"sessionId"`
		StoryID    string            `json:"storyId"`
		Reset      bool              `json:"reset"`
		Parameters map[string]string `json:"parameters"`
	}
	c.Decode(&body)
	t := &body.turn
	if t.story = s.findStory(body.StoryID); t.story == nil || !t.story.reaches(t.Target) {
		return nil, errNotFound
	}
	t.Confidence, t.Lifespan = cmp.Or(t.Confidence, t.story.Confidence, 0.5), cmp.Or(t.Lifespan, 2)
	t.talk = s.enter(body.SessionID, t.Text)
	maps.Copy(t.talk.attributes, body.Parameters)
	if body.Reset {
		t.talk.contexts = nil
	}
	t.play()
	return t.response(), nil
}

// findStory returns a story by its id, the first for an empty id.
func (s *Server) findStory(id string) *Story {
	return fakeapi.First(s.stories, func(story *Story) bool { return id == "" || story.ID == id })
}

// enter extends the session, or starts it.
func (s *Server) enter(session, text string) *conversation {
	talk := s.session(session)
	if talk == nil {
		talk = &conversation{id: s.newID(), session: session, began: time.Now(), attributes: map[string]string{}}
		s.conversations = append(s.conversations, talk)
	}
	if text != "" && talk.firstMessage == nil {
		talk.firstMessage = &text
	}
	talk.last = time.Now()
	return talk
}

func (s *Story) find(id string) *Interaction {
	return fakeapi.First(s.Interactions, func(i *Interaction) bool { return i.ID == id })
}

func (s *Story) fallback() *Interaction {
	if len(s.Interactions) == 0 {
		return &Interaction{}
	}
	return &s.Interactions[len(s.Interactions)-1]
}

func (s *Story) reaches(target string) bool { return target == "" || s.find(target) != nil }

// play finds the interaction, brings the contexts up to date and collects the items.
// A query that matches nothing counts against every context.
func (t *turn) play() {
	t.choose()
	contexts := t.talk.contexts
	if t.found == nil {
		t.found = t.story.fallback()
		for i := range contexts {
			contexts[i].left--
		}
		contexts = slices.DeleteFunc(contexts, func(c context) bool { return c.left < 0 })
	} else {
		contexts = slices.DeleteFunc(contexts, func(c context) bool { return c.Interaction == t.found })
		contexts = append(contexts, context{t.found, t.Lifespan})
	}
	t.talk.contexts = contexts
	t.collect(t.found, 0)
}

// choose finds the interaction: by its id, else by a trigger, else by the query.
func (t *turn) choose() {
	switch {
	case t.Target != "":
		t.found, t.score = t.story.find(t.Target), 1
	case t.Trigger != "":
		t.found = fakeapi.First(t.story.Interactions, func(i *Interaction) bool { return slices.Contains(i.Triggers, t.Trigger) })
		if t.found != nil {
			t.score = 1
		}
	default:
		if t.match(true); t.found == nil {
			t.match(false)
		}
	}
}

// match searches the interactions that need a context, or those that need none.
func (t *turn) match(within bool) {
	for i := range t.story.Interactions {
		candidate := &t.story.Interactions[i]
		if within != (len(candidate.Within) > 0) || within && !t.inContext(candidate.Within) {
			continue
		}
		if score := candidate.score(t.Text); score >= t.Confidence && score > t.score {
			t.found, t.score = candidate, score
		}
	}
}

func (t *turn) inContext(ids []string) bool {
	return slices.ContainsFunc(t.talk.contexts, func(c context) bool { return slices.Contains(ids, c.ID) })
}

// collect collects the items of an interaction and of those that it goes to.
func (t *turn) collect(from *Interaction, depth int) {
	maps.Copy(t.talk.attributes, from.Attributes)
	for _, item := range from.Fulfillment {
		item = maps.Clone(item)
		action := item["type"] == "goto" || item["type"] == "webhook"
		if action {
			item["debug"] = true
		}
		if message, ok := item["message"].(string); ok {
			item["message"] = t.fill(message)
		}
		if !action || t.Debug {
			t.items = append(t.items, item)
		}
		id, _ := item["interactionId"].(string)
		if next := t.story.find(id); next != nil && item["type"] == "goto" && depth < 10 {
			t.collect(next, depth+1)
		}
	}
}

var placeholder = regexp.MustCompile(`\{\{[\w-]+\}\}`)

func (t *turn) fill(message string) string {
	return placeholder.ReplaceAllStringFunc(message, func(name string) string { return t.talk.attributes[strings.Trim(name, "{}")] })
}

func (t *turn) response() object {
	contexts := []object{}
	for _, c := range t.talk.contexts {
		described := c.describe()
		described["parameters"] = object{}
		if c.Type != "" {
			delete(described, "id") // as the API's example has it
		}
		contexts = append(contexts, described)
	}
	result := object{
		"source": "custom", "resolvedQuery": t.Text, "confidence": t.Confidence, "score": t.score, "lifespan": t.Lifespan,
		"incomplete": false, "storyId": t.story.ID, "interaction": t.found.describe(), "parameters": object{},
		"sessionParameters": withNulls(t.talk.attributes, sessionKeys), "contexts": contexts, "fulfillment": append([]Item{}, t.items...),
	}
	if t.Trigger != "" {
		result["trigger"] = t.Trigger
	}
	response := success()
	response["result"], response["sessionId"] = result, t.talk.session
	return response
}

func (i *Interaction) describe() object {
	described := object{"id": i.ID, "name": i.Name, "action": i.Action}
	if i.Type != "" {
		described["type"] = i.Type
	}
	return described
}
