// SPDX-License-Identifier: Apache-2.0
#include "test/project/message_rules.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>
#include <string_view>
#include <unordered_set>

#include "test/project/project_rules.hpp"

namespace vitcod::test {
namespace {

/// Literals that are shorter do not tell one message from another.
constexpr std::size_t kLeastPiece = 12;

/// Functions that make or throw an error from a text, beside all whose name ends in Error.
constexpr std::array<std::string_view, 11> kMakers = {
    "require", "fail",   "check",       "expected",    "error_at", "unexpected",
    "cannot",  "failed", "DamagedFile", "Interrupted", "refuse"};

/// What code consists of, as far as messages are concerned.
struct Token {
  enum class Kind { kWord, kText, kMark };
  Kind kind;
  std::string text;
  std::size_t line;
};

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

class Lexer {
 public:
  explicit Lexer(const std::string& code) : code_(code) {}

  std::vector<Token> tokens() {
    while (at_ < code_.size()) next();
    return std::move(tokens_);
  }

 private:
  void next() {
    const char c = code_[at_];
    if (c == '\n') ++line_;
    if (code_.compare(at_, 2, "//") == 0) {
      at_ = std::min(code_.find('\n', at_), code_.size());
    } else if (code_.compare(at_, 2, "R\"") == 0) {
      raw_text();
    } else if (c == '"') {
      text();
    } else if (c == '\'') {
      character();
    } else if (is_word(c)) {
      word();
    } else {
      if (std::isspace(static_cast<unsigned char>(c)) == 0) add(Token::Kind::kMark, {c});
      ++at_;
    }
  }

  void add(Token::Kind kind, std::string text) {
    const bool continues =
        kind == Token::Kind::kText && !tokens_.empty() && tokens_.back().kind == Token::Kind::kText;
    if (continues) {
      tokens_.back().text += text;
    } else {
      tokens_.push_back({kind, std::move(text), line_});
    }
  }

  void text() {
    std::string text;
    for (++at_; at_ < code_.size() && code_[at_] != '"'; ++at_) {
      if (code_[at_] == '\\') ++at_;
      text += code_[at_];
    }
    ++at_;
    add(Token::Kind::kText, std::move(text));
  }

  void raw_text() {
    const std::size_t open = code_.find('(', at_);
    const std::string closing = ")" + code_.substr(at_ + 2, open - at_ - 2) + "\"";
    const std::size_t close = std::min(code_.find(closing, open), code_.size());
    const std::string text = code_.substr(open + 1, close - open - 1);
    add(Token::Kind::kText, text);
    line_ += static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    at_ = close + closing.size();
  }

  void character() {
    ++at_;
    if (at_ < code_.size() && code_[at_] == '\\') ++at_;
    at_ = std::min(code_.find('\'', at_ + 1), code_.size()) + 1;
  }

  /// Also a number, with the marks between its digits.
  void word() {
    const std::size_t first = at_;
    const bool is_number = std::isdigit(static_cast<unsigned char>(code_[at_])) != 0;
    while (at_ < code_.size() && (is_word(code_[at_]) || (is_number && code_[at_] == '\''))) ++at_;
    add(Token::Kind::kWord, code_.substr(first, at_ - first));
  }

  const std::string& code_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  std::vector<Token> tokens_;
};

bool makes_error(const Token& token) {
  return token.kind == Token::Kind::kWord &&
         (token.text.ends_with("Error") ||
          std::find(kMakers.begin(), kMakers.end(), token.text) != kMakers.end());
}

/// Without the marks that a value before or after it is set off with.
std::string trimmed(const std::string& text) {
  constexpr const char* kMarks = " :,;\"'";
  const std::size_t first = text.find_first_not_of(kMarks);
  if (first == std::string::npos) return {};
  return text.substr(first, text.find_last_not_of(kMarks) - first + 1);
}

bool has_words(const std::string& text) {
  std::size_t letters = 0;
  for (const char c : text) {
    letters = std::islower(static_cast<unsigned char>(c)) != 0 ? letters + 1 : 0;
    if (letters == 3) return true;
  }
  return false;
}

/// The longest piece between the places of values, {} with whatever stands in it.
std::string longest_piece(const std::string& text) {
  std::string longest;
  std::size_t first = 0;
  while (first <= text.size()) {
    const std::size_t open = std::min(text.find('{', first), text.size());
    const std::string piece = trimmed(text.substr(first, open - first));
    if (piece.size() > longest.size()) longest = piece;
    if (open == text.size()) break;
    first = std::min(text.find('}', open), text.size()) + 1;
  }
  return longest;
}

/// The longest literal piece between the parenthesis at `open` and the one that closes it.
std::string message_from(const std::vector<Token>& tokens, std::size_t open) {
  std::string longest;
  int depth = 0;
  for (std::size_t i = open; i < tokens.size(); ++i) {
    const Token& token = tokens[i];
    if (token.kind == Token::Kind::kMark && token.text == "(") ++depth;
    if (token.kind == Token::Kind::kMark && token.text == ")" && --depth == 0) break;
    if (token.kind != Token::Kind::kText) continue;
    const std::string piece = longest_piece(token.text);
    if (piece.size() > longest.size() && has_words(piece)) longest = piece;
  }
  return longest;
}

/// The literals of tests.
class Named {
 public:
  void add(std::string literal) {
    for (std::size_t at = 0; at + kLeastPiece <= literal.size(); ++at) {
      pieces_.insert(hash_of(literal, at));
    }
    literals_.push_back(std::move(literal));
  }

  /// A literal that is a part of the message, or one that has two thirds of it in one piece.
  bool has(const std::string& message) const {
    const std::size_t part =
        std::min(message.size(), std::max(kLeastPiece, (2 * message.size() + 2) / 3));
    for (std::size_t at = 0; at + part <= message.size(); ++at) {
      // Most pieces are in none: one look tells.
      if (part >= kLeastPiece && !pieces_.contains(hash_of(message, at))) continue;
      if (is_in_any(message.substr(at, part))) return true;
    }
    return std::any_of(literals_.begin(), literals_.end(), [&message](const std::string& literal) {
      return literal.size() >= std::min(kLeastPiece, message.size()) &&
             message.find(literal) != std::string::npos;
    });
  }

 private:
  static std::size_t hash_of(const std::string& text, std::size_t at) {
    return std::hash<std::string_view>{}(std::string_view(text).substr(at, kLeastPiece));
  }
  bool is_in_any(const std::string& piece) const {
    return std::any_of(literals_.begin(), literals_.end(), [&piece](const std::string& literal) {
      return literal.find(piece) != std::string::npos;
    });
  }

  std::vector<std::string> literals_;
  std::unordered_set<std::size_t> pieces_;  ///< hashes of all stretches of kLeastPiece characters
};

}  // namespace

std::vector<Literal> literals_of(const std::string& code) {
  std::vector<Literal> literals;
  for (Token& token : Lexer(code).tokens()) {
    if (token.kind == Token::Kind::kText) literals.push_back({token.line, std::move(token.text)});
  }
  return literals;
}

std::vector<Message> messages_of(const std::string& file, const std::string& code) {
  std::vector<Message> messages;
  const std::vector<Token> tokens = Lexer(code).tokens();
  for (std::size_t i = 0; i + 1 < tokens.size(); ++i) {
    if (!makes_error(tokens[i]) || tokens[i + 1].text != "(") continue;
    if (tokens[i + 1].kind != Token::Kind::kMark) continue;
    std::string text = message_from(tokens, i + 1);
    if (!text.empty()) messages.push_back({file, tokens[i].line, std::move(text)});
  }
  return messages;
}

std::vector<std::string> find_untested_messages(const std::filesystem::path& root,
                                                const std::set<std::string>& exceptions) {
  std::vector<Message> messages;
  Named named;
  for (const std::string& file : source_files(root)) {
    const std::string code = read_text(root / file);
    // The exceptions are no tests.
    if (file.starts_with("test/project/")) continue;
    if (file.starts_with("test/")) {
      for (Literal& literal : literals_of(code)) named.add(std::move(literal.text));
    } else {
      for (Message& message : messages_of(file, code)) messages.push_back(std::move(message));
    }
  }
  std::vector<std::string> violations;
  std::set<std::string> used;
  for (const Message& message : messages) {
    if (named.has(message.text)) continue;
    if (exceptions.contains(message.text)) {
      used.insert(message.text);
      continue;
    }
    violations.push_back(message.file + ":" + std::to_string(message.line) +
                         ": no test names the message \"" + message.text + "\"");
  }
  for (const std::string& exception : exceptions) {
    if (!used.contains(exception)) violations.push_back("an exception that is none: " + exception);
  }
  return violations;
}

}  // namespace vitcod::test
