// Several questions, one a line.

const IS_QUESTION = /[?？؟]["'”’»)\]]*$/u;

// The questions in a text of which each line is one; [] where that is not so.
export function questionsIn(text) {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  return lines.length > 1 && lines.every((line) => IS_QUESTION.test(line)) ? lines : [];
}
