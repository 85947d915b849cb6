import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import { refusalIn } from '../../../schemas/refusal.js'
import { answerText } from '../../../src/models/endpoint/answer-text.js'
import type { ChatOutcome } from '../../../src/models/endpoint/chat-protocol.js'
import { judgeAnswer } from '../../../src/models/endpoint/judge-answer.js'

const limits = { maxWords: 8, maxTokens: 50 }
const answered = (text: string, more: Partial<ChatOutcome & { kind: 'answer' }> = {}): ChatOutcome => ({
  kind: 'answer',
  text,
  finish_reason: 'stop',
  refusal: null,
  total_tokens: null,
  ...more,
})

describe('what models put around a text is taken off', () => {
  it.each([
    ['  A dog\n\nruns. ', 'A dog runs.'],
    ['"A dog runs."', 'A dog runs.'],
    ['\u201cA dog runs.\u201d', 'A dog runs.'],
    ["'a dog'", 'a dog'],
    ['```\nA dog runs.\n```', 'A dog runs.'],
    ['```text\nA dog runs.\n```', 'A dog runs.'],
    ['Sure, here is a description of the image:\n\nA dog runs.', 'A dog runs.'],
    ["Certainly! Here's a short caption for this picture: A dog runs.", 'A dog runs.'],
    ['Here is the caption: "A dog runs."', 'A dog runs.'],
    ['Caption: A dog runs.', 'A dog runs.'],
    ['**Description:** A dog runs.', 'A dog runs.'],
    ['<think>It barks: a dog.</think>\nA dog runs.', 'A dog runs.'],
    ['<think>It barks and', ''],
  ])('%j', (answer, text) => expect(answerText(answer)).toBe(text))

  it.each([
    'A sign that says "EXIT" and one that says "PUSH"',
    '"EXIT" stands on one door and on the other "PUSH"',
    "'Tis a dog's life",
    'Here is a cat on a mat.',
    'A clock: its hands show noon.',
    'The menu reads: soup, salad, cake.',
  ])('what belongs to it stays: %s', (text) => expect(answerText(text)).toBe(text))

  it('half a character becomes one that can be stored', () => {
    expect(answerText('a \ud83d dog')).toBe('a \ufffd dog')
    expect(answerText('a \u{1f415} dog')).toBe('a \u{1f415} dog')
  })

  it('comes out in one line, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(answerText(text)).not.toMatch(/^\s|\s$|\s\s/)
      }),
    )
  })
})

describe('refusals', () => {
  it.each([
    "I'm sorry, but I can't assist with that.",
    'I\u2019m sorry, I can\u2019t describe this person.',
    'Sorry, I cannot help with that request.',
    'I apologize, but no image was given.',
    'I cannot see any image.',
    "I can't provide a description.",
    'Unfortunately, I am unable to view images.',
    "I'm not able to identify people.",
    'As an AI language model, I do not see pictures.',
    'As a large language model I cannot look at images.',
    "I'm just an AI assistant.",
    "I don't see an image attached.",
    'No image was provided.',
    'It seems that you have not attached an image.',
    'Please upload the image that you want described.',
  ])('%s', (text) => {
    expect(judgeAnswer(answered(text), limits)).toEqual({
      usable: false,
      text,
      reason: 'refusal',
      failed: { opening: refusalIn(text) },
    })
  })

  it.each([
    'A shop window with a sign that says "Sorry, we\'re closed".',
    'Sorry! reads the box of a board game.',
    'A robot stands in a hall.',
    'As an airplane lands, people watch.',
    'An assistant hands a tool to a mechanic.',
    'I Can Dream is the title of a book on a table.',
    'No images hang on the wall.',
    'Please do not touch, says a sign in a museum.',
    'A man apologizes to a woman.',
  ])('no refusal: %s', (text) => expect(refusalIn(text)).toBeNull())

  it('marked by the server, whatever the text', () => {
    expect(judgeAnswer(answered('', { refusal: 'Not this one.' }), limits)).toMatchObject({
      usable: false,
      text: 'Not this one.',
      reason: 'refusal',
    })
    expect(judgeAnswer(answered('A m', { finish_reason: 'content_filter' }), limits)).toEqual({
      usable: false,
      text: 'A m',
      reason: 'refusal',
      failed: { finish_reason: 'content_filter' },
    })
  })
})

describe('the other reasons', () => {
  it.each(['', ' \n', '""', '```\n```', '...', '<think>hm</think>'])('empty: %j', (text) => {
    expect(judgeAnswer(answered(text), limits)).toMatchObject({ usable: false, reason: 'empty_text' })
  })

  it('over long: cut off by its tokens', () => {
    expect(judgeAnswer(answered('A dog that', { finish_reason: 'length' }), limits)).toEqual({
      usable: false,
      text: 'A dog that',
      reason: 'over_long',
      failed: { finish_reason: 'length', max_tokens: 50 },
    })
  })

  it('over long: more words than allowed, one less is a text', () => {
    const text = 'One two three four five six seven eight.'
    expect(judgeAnswer(answered(text), limits)).toEqual({ usable: true, text })
    expect(judgeAnswer(answered(`${text} Nine.`), limits)).toEqual({
      usable: false,
      text: `${text} Nine.`,
      reason: 'over_long',
      failed: { words: 9, max_words: 8 },
    })
  })

  it('malformed: with what was wrong', () => {
    expect(judgeAnswer({ kind: 'malformed', problem: 'not JSON', body: '<html>' }, limits)).toEqual({
      usable: false,
      text: '<html>',
      reason: 'malformed',
      failed: { problem: 'not JSON' },
    })
  })

  it('of an endless text the beginning is kept', () => {
    for (const endless of ['word '.repeat(100_000).trim(), 'ha'.repeat(250_000)]) {
      const judged = judgeAnswer(answered(endless), limits)
      const failed = { characters: endless.length, max_characters: 240, max_words: 8 }
      expect(judged).toEqual({ usable: false, text: endless.slice(0, 2000), reason: 'over_long', failed })
    }
  })
})

test('every answer is a text or has a reason, with something in what failed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.constantFrom('stop', 'length', null), (text, finish_reason) => {
      const judged = judgeAnswer(answered(text, { finish_reason }), limits)
      if (judged.usable) expect(judged.text.trim()).not.toBe('')
      else expect(Object.keys(judged.failed).length).toBeGreaterThan(0)
    }),
  )
})
