// SPDX-License-Identifier: Apache-2.0
// Forms of values beyond one scalar or one object: alternatives, lists of some length, maps.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "sim/base/config_reader.hpp"

namespace vitcod::config_forms_test {
namespace {

enum class Shape { kCircle, kSquare };
constexpr std::pair<std::string_view, Shape> kShapes[] = {{"circle", Shape::kCircle},
                                                          {"square", Shape::kSquare}};
using Names = EnumNames<Shape>;

struct Figure {
  Shape shape = Shape::kCircle;
  double radius = 0;
  std::uint32_t side = 0;
};
void read(ConfigReader& reader, Figure& figure) {
  reader.required_variant("shape", Names(kShapes), "its form",
                          [&figure](ConfigReader& rest, Shape shape) {
                            figure.shape = shape;
                            if (shape == Shape::kCircle) {
                              rest.required("radius", figure.radius, "metres", at_least(0.0));
                            } else {
                              rest.required("side", figure.side, "metres");
                            }
                          });
}

struct Forms {
  std::vector<double> shares;
  std::string named_figure;
  std::optional<Figure> figure;
  std::vector<Shape> shapes;
  std::vector<std::uint32_t> pair;
  std::optional<std::uint32_t> count;
  std::optional<std::uint32_t> total;
  std::vector<std::pair<std::string, Json>> values;
  std::vector<std::pair<std::string, double>> weights;
  std::vector<std::pair<std::string, std::uint32_t>> counts;
};

struct Length8 {
  std::optional<std::uint32_t> number;
  std::string formula;
};
void read(ConfigReader& reader, Length8& length) {
  reader.required_formula("length", length.number, length.formula, "clocks",
                          Range<std::uint32_t>{1, 8});
}
void read(ConfigReader& reader, Forms& forms) {
  reader.required_one_or_more("shares", forms.shares, "shares", Range<double>{0, 1});
  reader.name_or_object("figure", forms.named_figure, forms.figure, "a figure or its name");
  reader.required_enum_list("shapes", forms.shapes, Names(kShapes), "shapes", Length{1, 3});
  reader.required("pair", forms.pair, "two numbers", Range<std::uint32_t>{}, Length{2, 2});
  reader.optional("count", forms.count, "how many");
  reader.optional("total", forms.total, "how much");
  reader.optional_map("values", forms.values, "anything");
  reader.optional_map("weights", forms.weights, "numbers", at_least(0.0));
  reader.optional_map("counts", forms.counts, "whole numbers", Range<std::uint32_t>{0, 9});
  reader.finish();
  reader.require_one_of("count", "total");
}

struct Limit {
  std::optional<std::uint32_t> number;
  bool is_auto = false;
};
void read(ConfigReader& reader, Limit& limit) {
  reader.optional_or_word("limit", limit.number, "auto", limit.is_auto, "how many");
}

struct Outline {
  Shape shape = Shape::kSquare;
};
void read(ConfigReader& reader, Outline& outline) {
  reader.optional_enum("shape", outline.shape, Names(kShapes), "its form; absent: a square");
}

const char* const kGood = R"({
  "shares": [0.5, 1], "figure": {"shape": "circle", "radius": 2}, "shapes": ["square"],
  "pair": [1, 2], "count": 3})";

Json with(const char* key, const char* value) {
  Json json = Json::parse(kGood);
  json[key] = Json::parse(value);
  return json;
}

std::string message(const Json& json) {
  try {
    read_config<Forms>(json);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

std::string message(const char* key, const char* value) { return message(with(key, value)); }

}  // namespace

TEST_CASE("one number stands for a list of it") {
  CHECK(read_config<Forms>(with("shares", "0.25")).shares == std::vector<double>{0.25});
  CHECK(read_config<Forms>(Json::parse(kGood)).shares == std::vector<double>{0.5, 1.0});
  CHECK(message("shares", "2") == "/shares: 2 is out of range [0, 1]");
  CHECK(message("shares", "[0, 2]") == "/shares/1: 2 is out of range [0, 1]");
  CHECK(message("shares", "[]") == "/shares: expected at least 1 element, found 0");
  CHECK(message("shares", "\"x\"") == "/shares: expected a number, found \"x\"");
}

TEST_CASE("a word may stand for a number") {
  const auto read_limit = [](const char* text) { return read_config<Limit>(Json::parse(text)); };
  CHECK(read_limit(R"({"limit": 3})").number == 3);
  CHECK_FALSE(read_limit(R"({"limit": 3})").is_auto);
  CHECK(read_limit(R"({"limit": "auto"})").is_auto);
  CHECK_FALSE(read_limit(R"({"limit": "auto"})").number);
  CHECK_FALSE(read_limit(R"({"limit": null})").number);
  CHECK_FALSE(read_limit("{}").is_auto);
  CHECK_THROWS_WITH(read_limit(R"({"limit": "most"})"), "/limit: expected an integer or \"auto\"");
  CHECK_THROWS_WITH(read_limit(R"({"limit": 0.5})"), "/limit: expected an integer, found 0.5");
}

TEST_CASE("a name or an object fills one of the two") {
  const auto inlined = read_config<Forms>(Json::parse(kGood));
  CHECK(inlined.named_figure.empty());
  REQUIRE(inlined.figure.has_value());
  CHECK(inlined.figure->radius == 2);
  const auto named = read_config<Forms>(with("figure", "\"round\""));
  CHECK(named.named_figure == "round");
  CHECK_FALSE(named.figure.has_value());
  CHECK(message("figure", "7") == "/figure: expected a string, found 7");
}

TEST_CASE("an enum decides which other keys there are") {
  CHECK(message("figure", R"({"shape": "square", "side": 3})") == "no error");
  CHECK(message("figure", R"({"shape": "square", "side": 3, "radius": 1})") ==
        R"(/figure/radius: unknown key; expected one of ["shape", "side"])");
  CHECK(message("figure", R"({"shape": "square"})") == "/figure/side: required key is missing");
  CHECK(message("figure", R"({"radius": 1})") == "/figure/shape: required key is missing");
  CHECK(message("figure", R"({"shape": "star"})") ==
        R"(/figure/shape: expected one of ["circle", "square"], found "star")");
}

TEST_CASE("a list of names says which is wrong, and a list its length") {
  CHECK(read_config<Forms>(with("shapes", R"(["square", "circle"])")).shapes ==
        std::vector<Shape>{Shape::kSquare, Shape::kCircle});
  CHECK(message("shapes", R"(["square", "star"])") ==
        R"(/shapes/1: expected one of ["circle", "square"], found "star")");
  CHECK(message("shapes", "[]") == "/shapes: expected 1 to 3 elements, found 0");
  CHECK(message("pair", "[1]") == "/pair: expected 2 elements, found 1");
  CHECK(message("pair", "[1, 2, 3]") == "/pair: expected 2 elements, found 3");
}

TEST_CASE("of two keys that exclude each other one is given, and null is none") {
  CHECK(message("total", "null") == "no error");
  CHECK(message("total", "1") == "/count: count and total exclude each other");
  CHECK(message("count", "null") == "/count: expected count or total");
}

TEST_CASE("a map keeps the keys of the user in their order") {
  const auto forms = read_config<Forms>(with("weights", R"({"z": 1, "a": 0.5})"));
  CHECK(forms.weights == std::vector<std::pair<std::string, double>>{{"z", 1.0}, {"a", 0.5}});
  CHECK(forms.values.empty());
  const auto other = read_config<Forms>(with("values", R"({"/b": [1], "/a": null})"));
  REQUIRE(other.values.size() == 2);
  CHECK(other.values[0].first == "/b");
  CHECK(other.values[1].second.is_null());
  CHECK(message("weights", "null") == "no error");
  CHECK(message("weights", R"({"a/b": -1})") == "/weights/a~1b: -1 is out of range [0, inf)");
  CHECK(message("weights", "[]") == "/weights: expected an object, found array");
  CHECK(message("values", "7") == "/values: expected an object, found 7");
}

TEST_CASE("an enum that may be absent keeps its value then, and null is the same") {
  CHECK(read_config<Outline>(Json::parse(R"({"shape": "circle"})")).shape == Shape::kCircle);
  CHECK(read_config<Outline>(Json::parse("{}")).shape == Shape::kSquare);
  CHECK(read_config<Outline>(Json::parse(R"({"shape": null})")).shape == Shape::kSquare);
  CHECK_THROWS_WITH(read_config<Outline>(Json::parse(R"({"shape": "oval"})")),
                    "/shape: expected one of [\"circle\", \"square\"], found \"oval\"");
  Json schema;
  describe_config<Outline>(schema);
  CHECK(schema["required"].empty());
  CHECK(schema["properties"]["shape"]["type"] == Json{"string", "null"});
  CHECK(schema["properties"]["shape"]["enum"] == Json{"circle", "square", nullptr});
}

TEST_CASE("each form describes itself") {
  Json schema;
  describe_config<Forms>(schema);
  const Json& properties = schema["properties"];
  CHECK(properties["shares"] ==
        Json::parse(R"({"type": ["number", "array"], "description": "shares", "minItems": 1,
                        "items": {"type": "number", "minimum": 0.0, "maximum": 1.0},
                        "minimum": 0.0, "maximum": 1.0})"));
  CHECK(properties["shapes"] ==
        Json::parse(R"({"type": "array", "description": "shapes", "minItems": 1, "maxItems": 3,
                        "items": {"type": "string", "enum": ["circle", "square"]}})"));
  CHECK(properties["weights"] ==
        Json::parse(R"({"type": ["object", "null"], "description": "numbers",
                        "additionalProperties": {"type": "number", "minimum": 0.0}})"));
  CHECK(properties["figure"]["type"] == Json::array({"string", "object"}));
  const Json& square = properties["figure"]["allOf"][1];
  CHECK(square["if"] ==
        Json::parse(R"({"type": "object", "properties": {"shape": {"const": "square"}},
                        "required": ["shape"]})"));
  CHECK(square["then"]["required"] == Json::array({"side"}));
  CHECK(square["then"]["additionalProperties"] == false);
  CHECK(schema["oneOf"].size() == 3);
  CHECK(schema["required"] == Json::array({"shares", "figure", "shapes", "pair"}));
}

TEST_CASE("a map of whole numbers keeps their order and their bounds") {
  const auto forms = read_config<Forms>(with("counts", R"({"b": 2, "a": 9})"));
  CHECK(forms.counts == std::vector<std::pair<std::string, std::uint32_t>>{{"b", 2}, {"a", 9}});
  CHECK(message("counts", R"({"a": 10})") == "/counts/a: 10 is out of range [0, 9]");
  CHECK(message("counts", R"({"a": 1.5})") == "/counts/a: expected an integer, found 1.5");
  CHECK(message("counts", "[]") == "/counts: expected an object, found array");
}

TEST_CASE("a number may be written as a formula, and the schema takes both") {
  const auto length_of = [](const char* value) {
    return read_config<Length8>({{"length", Json::parse(value)}});
  };
  CHECK(length_of("3").number == 3U);
  CHECK(length_of("3").formula.empty());
  CHECK_FALSE(length_of(R"("a + 1")").number);
  CHECK(length_of(R"("a + 1")").formula == "a + 1");
  CHECK_THROWS_WITH(length_of("9"), "/length: 9 is out of range [1, 8]");
  CHECK_THROWS_WITH(length_of("null"), "/length: expected an integer or a formula, found null");
  CHECK_THROWS_WITH(read_config<Length8>(Json::object()), "/length: required key is missing");
  Json schema;
  describe_config<Length8>(schema);
  const Json& length = schema["properties"]["length"];
  CHECK(length["type"] == Json({"integer", "string"}));
  CHECK(length["maximum"] == 8);
  CHECK(schema["required"] == Json({"length"}));
}

}  // namespace vitcod::config_forms_test
