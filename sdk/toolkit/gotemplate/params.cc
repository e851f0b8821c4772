// SPDX-License-Identifier: Apache-2.0
#include "params.h"

namespace kvs::gotemplate::internal {

std::string_view ParamName(Param param) {
  switch (param) {
    case Param::kAny:
      return "interface {}";
    case Param::kBool:
      return "bool";
    case Param::kInt:
      return "int";
    case Param::kFloat:
      return "float64";
    case Param::kString:
      return "string";
    case Param::kDuration:
      return "time.Duration";
    case Param::kTime:
      return "time.Time";
    case Param::kList:
      return "[]interface {}";
    case Param::kMap:
      return "map[string]interface {}";
  }
  return "";
}

bool Fits(Param param, const Value& value) {
  switch (param) {
    case Param::kAny:
      return true;
    case Param::kBool:
      return value.kind() == Value::Kind::kBool;
    case Param::kInt:
      return value.kind() == Value::Kind::kInt;
    case Param::kFloat:
      return value.kind() == Value::Kind::kFloat;
    case Param::kString:
      return value.kind() == Value::Kind::kString;
    case Param::kDuration:
      return value.kind() == Value::Kind::kDuration;
    case Param::kTime:
      return value.kind() == Value::Kind::kTime;
    case Param::kList:
      return value.kind() == Value::Kind::kList;
    case Param::kMap:
      return value.kind() == Value::Kind::kMap;
  }
  return false;
}

}  // namespace kvs::gotemplate::internal
