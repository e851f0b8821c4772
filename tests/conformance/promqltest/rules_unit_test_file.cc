// SPDX-License-Identifier: Apache-2.0
#include "rules_unit_test_file.h"

#include <cmath>
#include <cstdlib>
#include <exception>
#include <functional>
#include <limits>
#include <set>

#include <yaml-cpp/yaml.h>

#include "kvs/base/quote.h"
#include "kvs/base/str_cat.h"
#include "kvs/base/units.h"

namespace kvs::conformance {
namespace {

using Field = std::function<bool(const std::string& name, const YAML::Node& value)>;

class Reader {
 public:
  void Map(const YAML::Node& node, const char* type, const Field& field) {
    if (node.IsNull()) return;
    if (!node.IsMap()) return Wrong(node, StrCat("cannot unmarshal into ", type));
    for (const auto& entry : node) {
      const std::string name = entry.first.Scalar();
      if (!field(name, entry.second))
        Wrong(entry.first, StrCat("field ", name, " not found in type ", type));
    }
  }
  void Each(const YAML::Node& node, const std::function<void(const YAML::Node&)>& item) {
    if (node.IsNull()) return;
    if (!node.IsSequence()) return Wrong(node, "a list is expected");
    for (const YAML::Node& child : node) item(child);
  }
  std::string Text(const YAML::Node& node) {
    if (node.IsScalar()) return node.Scalar();
    if (!node.IsNull()) Wrong(node, "cannot unmarshal into string");
    return {};
  }
  int64_t Duration(const YAML::Node& node) {
    const std::string text = Text(node);
    const StatusOr<int64_t> ms = ParseDurationMs(text);
    if (ms.ok()) return *ms;
    Wrong(node, text.empty() ? "empty duration string"
                             : StrCat("not a valid duration string: ", Quote(text)));
    return 0;
  }
  double Number(const YAML::Node& node) {
    const std::string text = Text(node);
    if (text == ".nan" || text == ".NaN" || text == "NaN")
      return std::numeric_limits<double>::quiet_NaN();
    if (text == ".inf" || text == "+.inf" || text == ".Inf" || text == "+Inf" || text == "Inf")
      return INFINITY;
    if (text == "-.inf" || text == "-.Inf" || text == "-Inf") return -INFINITY;
    char* end = nullptr;
    const double value = std::strtod(text.c_str(), &end);
    if (text.empty() || *end != '\0')
      Wrong(node, StrCat("cannot unmarshal !!str `", text, "` into float64"));
    return value;
  }
  Texts Pairs(const YAML::Node& node) {
    Texts out;
    Map(node, "map[string]string", [&](const std::string& name, const YAML::Node& value) {
      out[name] = Text(value);
      return true;
    });
    return out;
  }
  Status End() const {
    if (errors_.empty()) return OkStatus();
    std::string all = "yaml: unmarshal errors:";
    for (const std::string& error : errors_) StrAppend(all, "\n", error);
    return InvalidArgument(all);
  }

 private:
  void Wrong(const YAML::Node& at, const std::string& what) {
    errors_.push_back(StrCat("  line ", at.Mark().line + 1, ": ", what));
  }
  std::vector<std::string> errors_;
};

AlertTest ReadAlertTest(Reader& reader, const YAML::Node& node) {
  AlertTest out;
  reader.Map(node, "main.alertTestCase", [&](const std::string& name, const YAML::Node& value) {
    if (name == "eval_time") {
      out.eval_ms = reader.Duration(value);
    } else if (name == "alertname") {
      out.alertname = reader.Text(value);
    } else if (name == "exp_alerts") {
      reader.Each(value, [&](const YAML::Node& item) {
        ExpectedAlert& alert = out.alerts.emplace_back();
        reader.Map(item, "main.alert", [&](const std::string& key, const YAML::Node& pairs) {
          if (key != "exp_labels" && key != "exp_annotations") return false;
          (key == "exp_labels" ? alert.labels : alert.annotations) = reader.Pairs(pairs);
          return true;
        });
      });
    } else {
      return false;
    }
    return true;
  });
  return out;
}

ExprTest ReadExprTest(Reader& reader, const YAML::Node& node) {
  ExprTest out;
  reader.Map(node, "main.promqlTestCase", [&](const std::string& name, const YAML::Node& value) {
    if (name == "expr") {
      out.expr = reader.Text(value);
    } else if (name == "eval_time") {
      out.eval_ms = reader.Duration(value);
    } else if (name == "exp_samples") {
      reader.Each(value, [&](const YAML::Node& item) {
        ExpectedSample& sample = out.samples.emplace_back();
        reader.Map(item, "main.sample", [&](const std::string& key, const YAML::Node& part) {
          if (key == "labels") {
            sample.labels = reader.Text(part);
          } else if (key == "value") {
            sample.value = reader.Number(part);
          } else if (key == "histogram") {
            sample.histogram = reader.Text(part);
          } else {
            return false;
          }
          return true;
        });
      });
    } else {
      return false;
    }
    return true;
  });
  return out;
}

TestGroup ReadGroup(Reader& reader, const YAML::Node& node) {
  TestGroup out;
  reader.Map(node, "main.testGroup", [&](const std::string& name, const YAML::Node& value) {
    if (name == "name") {
      out.name = reader.Text(value);
    } else if (name == "interval") {
      out.interval_ms = reader.Duration(value);
    } else if (name == "input_series") {
      reader.Each(value, [&](const YAML::Node& item) {
        auto& series = out.input_series.emplace_back();
        reader.Map(item, "main.series", [&](const std::string& key, const YAML::Node& text) {
          if (key != "series" && key != "values") return false;
          (key == "series" ? series.first : series.second) = reader.Text(text);
          return true;
        });
      });
    } else if (name == "alert_rule_test") {
      reader.Each(value, [&](const YAML::Node& item) {
        out.alert_tests.push_back(ReadAlertTest(reader, item));
      });
    } else if (name == "promql_expr_test") {
      reader.Each(value, [&](const YAML::Node& item) {
        out.expr_tests.push_back(ReadExprTest(reader, item));
      });
    } else if (name == "external_labels") {
      out.external_labels = reader.Pairs(value);
    } else if (name == "external_url") {
      out.external_url = reader.Text(value);
    } else {
      return false;
    }
    return true;
  });
  return out;
}

StatusOr<UnitTestFile> ReadFile(const YAML::Node& root) {
  Reader reader;
  UnitTestFile out;
  reader.Map(root, "main.unitTestFile", [&](const std::string& name, const YAML::Node& value) {
    if (name == "rule_files") {
      reader.Each(value,
                  [&](const YAML::Node& item) { out.rule_files.push_back(reader.Text(item)); });
    } else if (name == "evaluation_interval") {
      out.evaluation_interval_ms = reader.Duration(value);
    } else if (name == "group_eval_order") {
      reader.Each(value, [&](const YAML::Node& item) {
        out.group_eval_order.push_back(reader.Text(item));
      });
    } else if (name == "tests") {
      reader.Each(value,
                  [&](const YAML::Node& item) { out.tests.push_back(ReadGroup(reader, item)); });
    } else if (name == "fuzzy_compare") {
      out.fuzzy_compare = value.as<bool>(false);
    } else {
      return false;
    }
    return true;
  });
  KVS_RETURN_IF_ERROR(reader.End());
  std::set<std::string> seen;
  for (const std::string& name : out.group_eval_order) {
    if (!seen.insert(name).second)
      return InvalidArgument("group name repeated in evaluation order: ", name);
  }
  if (out.evaluation_interval_ms == 0) out.evaluation_interval_ms = 60'000;
  for (TestGroup& group : out.tests) {
    if (group.interval_ms == 0) group.interval_ms = out.evaluation_interval_ms;
    for (const AlertTest& test : group.alert_tests) {
      if (!test.alertname.empty()) continue;
      return InvalidArgument(
          "an item under alert_rule_test misses required attribute alertname at eval_time ",
          FormatDurationMs(test.eval_ms),
          group.name.empty() ? "" : StrCat(" (in TestGroup ", group.name, ")"));
    }
  }
  return out;
}

}  // namespace

StatusOr<UnitTestFile> ParseUnitTestFile(const std::string& text) {
  // yaml-cpp throws at whatever it does not like.
  try {
    return ReadFile(YAML::Load(text));
  } catch (const YAML::Exception& e) {
    return InvalidArgument("yaml: line ", e.mark.line + 1, ": ", e.msg);
  } catch (const std::exception& e) {
    return InvalidArgument("yaml: ", e.what());
  }
}

}  // namespace kvs::conformance
