// SPDX-License-Identifier: Apache-2.0
// Rendering: the texts of one notification. The first template that fails is remembered, and those
// after it give nothing: a payload is written as one expression, and asked at its end.
#pragma once

#include <string>
#include <string_view>

#include "kvs/base/status.h"
#include "kvs/gotemplate/template.h"
#include "kvs/gotemplate/value.h"

namespace kvs::notify {

class Rendering {
 public:
  /// `templates` is borrowed.
  Rendering(const gotemplate::TemplateSet& templates, gotemplate::Value data)
      : templates_(templates), data_(std::move(data)) {}

  std::string Text(std::string_view text) { return Render(text, gotemplate::Output::kText); }
  std::string Html(std::string_view text) { return Render(text, gotemplate::Output::kHtml); }
  /// A copy in which every text has been rendered. One that reads as YAML of another kind is that:
  /// "{{ len .Alerts }}" gives a number, "{{ toJson .Alerts }}" a list.
  gotemplate::Value Deep(const gotemplate::Value& value);

  /// OK, or what the first template that failed says.
  const Status& status() const { return status_; }
  const gotemplate::Value& data() const { return data_; }

 private:
  std::string Render(std::string_view text, gotemplate::Output output);

  const gotemplate::TemplateSet& templates_;
  const gotemplate::Value data_;
  Status status_;
};

}  // namespace kvs::notify
