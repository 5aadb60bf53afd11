/* SPDX-License-Identifier: MIT */
/*
 * Typing at the end of a line, with the keys that terminals have for it.
 */
#include "prompt.h"

#include "terminal.h"

#include <string.h>

#define CTRL(letter)	((letter) & 0x1f)

static void cut(struct prompt *prompt, size_t len)
{
	prompt->len = len;
	prompt->text[len] = '\0';
}

void prompt_open(struct prompt *prompt, const char *text)
{
	size_t len = strlen(text);

	cut(prompt, 0);
	if (len >= sizeof(prompt->text))
		return;
	memcpy(prompt->text, text, len);
	cut(prompt, len);
}

static void erase_word(struct prompt *prompt)
{
	size_t len = prompt->len;

	while (len && prompt->text[len - 1] == ' ')
		len--;
	while (len && prompt->text[len - 1] != ' ')
		len--;
	cut(prompt, len);
}

static void add(struct prompt *prompt, int key)
{
	if (key < ' ' || key > '~' || prompt->len + 1 >= sizeof(prompt->text))
		return;
	prompt->text[prompt->len] = (char)key;
	cut(prompt, prompt->len + 1);
}

enum prompt_state prompt_key(struct prompt *prompt, int key)
{
	switch (key) {
	case KEY_IS_ENTER:
		return PROMPT_ENTERED;
	case KEY_IS_ESCAPE:
		return PROMPT_LEFT;
	case KEY_IS_ERASE:
		if (prompt->len)
			cut(prompt, prompt->len - 1);
		break;
	case CTRL('u'):
		cut(prompt, 0);
		break;
	case CTRL('w'):
		erase_word(prompt);
		break;
	default:
		add(prompt, key);
		break;
	}
	return PROMPT_GOES_ON;
}
