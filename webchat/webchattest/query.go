package webchattest

import (
	"cmp"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

// sessionLifetime is how long a session lasts without a turn.
const sessionLifetime = 10 * time.Minute

// conversation is what a session is while it lasts, and what remains of it.
type conversation struct {
	id           string
	session      string
	began, last  time.Time
	firstMessage *string
	attributes   map[string]string
	contexts     []context
}

// context is an interaction that was reached, and how many more queries that
// match nothing it survives.
type context struct {
	*Interaction
	left int
}

// session gives the conversation of a session that has not expired, or nil.
func (s *Server) session(id string) *conversation {
	for _, talk := range slices.Backward(s.conversations) {
		if talk.session == id {
			if time.Since(talk.last) < sessionLifetime {
				return talk
			}
			return nil
		}
	}
	return nil
}

func (s *Server) updateSession(c *call) (any, error) {
	b := c.readBody("sessionId", "attributes")
	id, attributes := b.text("sessionId", 10, 64), b.attributes("attributes", 1, 256)
	b.require("sessionId")
	b.require("attributes")
	if err := b.err(); err != nil {
		return nil, err
	}
	talk := s.session(id)
	if talk == nil {
		return nil, &apiError{http.StatusNotFound, "There is no such active session"}
	}
	maps.Copy(talk.attributes, attributes)
	return success(), nil
}

// turn is one query and what becomes of it.
type turn struct {
	story      *Story
	talk       *conversation
	text       string
	trigger    string
	target     string
	confidence float64
	lifespan   int
	debug      bool

	found *Interaction
	score float64
	items []Item
}

func (s *Server) query(c *call) (any, error) {
	b := c.readBody("sessionId", "query", "trigger", "goto", "confidence", "lifespan", "reset", "storyId", "parameters", "debug")
	t := &turn{
		text: b.text("query", 1, 256), trigger: b.text("trigger", 1, 50), target: b.text("goto", 24, 24),
		confidence: b.number("confidence", 0.1, 1, 0), lifespan: b.whole("lifespan", 1, 10, 2), debug: b.flag("debug"),
	}
	session, story, reset := b.text("sessionId", 10, 64), b.text("storyId", 24, 24), b.flag("reset")
	parameters := b.attributes("parameters", 0, 1024)
	b.require("sessionId")
	asked := slices.DeleteFunc([]string{"query", "trigger", "goto"}, func(name string) bool { return !b.has(name) })
	if len(asked) != 1 {
		b.report("exactly one of query, trigger and goto is required")
	}
	if err := b.err(); err != nil {
		return nil, err
	}
	if t.story = s.findStory(story); t.story == nil || !t.story.reaches(t.target) {
		return nil, errNotFound
	}
	t.confidence = cmp.Or(t.confidence, t.story.Confidence, 0.5)
	t.talk = s.enter(session, t.text)
	maps.Copy(t.talk.attributes, parameters)
	if reset {
		t.talk.contexts = nil
	}
	t.play()
	return t.answer(), nil
}

func (s *Server) findStory(id string) *Story {
	for i := range s.stories {
		if id == "" || s.stories[i].ID == id {
			return &s.stories[i]
		}
	}
	return nil
}

// enter prolongs the session, or begins it.
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
	for i := range s.Interactions {
		if s.Interactions[i].ID == id {
			return &s.Interactions[i]
		}
	}
	return nil
}

func (s *Story) fallback() *Interaction {
	if len(s.Interactions) == 0 {
		return &Interaction{}
	}
	return &s.Interactions[len(s.Interactions)-1]
}

func (s *Story) reaches(target string) bool { return target == "" || s.find(target) != nil }

// play finds the interaction and collects its answer.
func (t *turn) play() {
	t.choose()
	if t.found == nil {
		t.found = t.story.fallback()
		t.miss()
	} else {
		t.reach(t.found)
	}
	t.collect(t.found, 0)
}

func (t *turn) choose() {
	switch {
	case t.target != "":
		t.found, t.score = t.story.find(t.target), 1
	case t.trigger != "":
		for i := range t.story.Interactions {
			if slices.Contains(t.story.Interactions[i].Triggers, t.trigger) {
				t.found, t.score = &t.story.Interactions[i], 1
				return
			}
		}
	default:
		t.match(true)
		if t.found == nil {
			t.match(false)
		}
	}
}

// match looks among the interactions that are within a context, or those that
// need none.
func (t *turn) match(within bool) {
	for i := range t.story.Interactions {
		candidate := &t.story.Interactions[i]
		if within != (len(candidate.Within) > 0) || within && !t.inContext(candidate.Within) {
			continue
		}
		if score := candidate.score(t.text); score >= t.confidence && score > t.score {
			t.found, t.score = candidate, score
		}
	}
}

func (t *turn) inContext(ids []string) bool {
	return slices.ContainsFunc(t.talk.contexts, func(c context) bool { return slices.Contains(ids, c.ID) })
}

func (t *turn) reach(found *Interaction) {
	t.talk.contexts = slices.DeleteFunc(t.talk.contexts, func(c context) bool { return c.Interaction == found })
	t.talk.contexts = append(t.talk.contexts, context{found, t.lifespan})
}

// miss counts a query that matched nothing against every context.
func (t *turn) miss() {
	for i := range t.talk.contexts {
		t.talk.contexts[i].left--
	}
	t.talk.contexts = slices.DeleteFunc(t.talk.contexts, func(c context) bool { return c.left < 0 })
}

// collect gathers the items of an interaction, and of those that it goes to.
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
		if !action || t.debug {
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

func (t *turn) answer() object {
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
		"source": "custom", "resolvedQuery": t.text, "confidence": t.confidence, "score": t.score, "lifespan": t.lifespan,
		"incomplete": false, "storyId": t.story.ID, "interaction": t.found.describe(), "parameters": object{},
		"sessionParameters": withNulls(t.talk.attributes, sessionKeys), "contexts": contexts, "fulfillment": append([]Item{}, t.items...),
	}
	if t.trigger != "" {
		result["trigger"] = t.trigger
	}
	answer := success()
	answer["result"], answer["sessionId"] = result, t.talk.session
	return answer
}

func (i *Interaction) describe() object {
	described := object{"id": i.ID, "name": i.Name, "action": i.Action}
	if i.Type != "" {
		described["type"] = i.Type
	}
	return described
}
