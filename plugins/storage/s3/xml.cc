// SPDX-License-Identifier: Apache-2.0
#include "xml.h"

#include <expat.h>

#include <memory>
#include <utility>

namespace kvs::storage::s3 {
namespace {

// Builds the tree while the parser reads. Children are kept by value, so the elements that are open
// stand in a row of their own and are hung into their parents when they end.
struct Builder {
  XML_Parser parser;
  std::vector<XmlElement> open;
  XmlElement root;
  std::string refused;

  void Refuse(std::string why) {
    if (refused.empty()) refused = std::move(why);
    XML_StopParser(parser, XML_FALSE);
  }

  static Builder* Of(void* self) { return static_cast<Builder*>(self); }
  static void Begin(void* self, const XML_Char* name, const XML_Char**) {
    Builder* const b = Of(self);
    if (b->open.size() == kXmlDepthMax)
      return b->Refuse(StrCat("nested deeper than ", kXmlDepthMax));
    const std::string_view whole = name;
    const size_t colon = whole.rfind(':');
    b->open.emplace_back().name =
        std::string(colon == std::string_view::npos ? whole : whole.substr(colon + 1));
  }
  static void Text(void* self, const XML_Char* text, int size) {
    Builder* const b = Of(self);
    if (!b->open.empty()) b->open.back().text.append(text, static_cast<size_t>(size));
  }
  static void End(void* self, const XML_Char*) {
    Builder* const b = Of(self);
    XmlElement done = std::move(b->open.back());
    b->open.pop_back();
    if (b->open.empty()) {
      b->root = std::move(done);
    } else {
      b->open.back().children.push_back(std::move(done));
    }
  }
  static void Doctype(void* self, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    Of(self)->Refuse("it has a document type");
  }
};

}  // namespace

const XmlElement* XmlElement::Find(std::string_view child) const {
  for (const XmlElement& c : children) {
    if (c.name == child) return &c;
  }
  return nullptr;
}

std::string_view XmlElement::Text(std::string_view child) const {
  const XmlElement* const found = Find(child);
  return found == nullptr ? std::string_view() : std::string_view(found->text);
}

StatusOr<XmlElement> ParseXml(std::string_view text) {
  if (text.size() > kXmlBytesMax)
    return DataLoss("an XML answer has ", text.size(), " bytes, more than ", kXmlBytesMax);
  const std::unique_ptr<XML_ParserStruct, void (*)(XML_Parser)> parser(XML_ParserCreate(nullptr),
                                                                       &XML_ParserFree);
  if (parser == nullptr) return ResourceExhausted("no memory to read an XML answer");
  Builder builder;
  builder.parser = parser.get();
  XML_SetUserData(parser.get(), &builder);
  XML_SetElementHandler(parser.get(), &Builder::Begin, &Builder::End);
  XML_SetCharacterDataHandler(parser.get(), &Builder::Text);
  XML_SetStartDoctypeDeclHandler(parser.get(), &Builder::Doctype);
  const XML_Status end =
      XML_Parse(parser.get(), text.data(), static_cast<int>(text.size()), XML_TRUE);
  if (!builder.refused.empty()) return DataLoss("an XML answer is refused: ", builder.refused);
  if (end != XML_STATUS_OK) {
    return DataLoss("an answer is not XML, at byte ", XML_GetCurrentByteIndex(parser.get()), ": ",
                    XML_ErrorString(XML_GetErrorCode(parser.get())));
  }
  return std::move(builder.root);
}

}  // namespace kvs::storage::s3
