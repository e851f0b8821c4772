// SPDX-License-Identifier: Apache-2.0
// The command line as a whole: help, mistakes, exit codes; and the commands on configurations that
// need no modules.
#include "kernel/main/command.h"

#include <cstdlib>

#include <gtest/gtest.h>

#include "kernel/main/command_line_test.h"

namespace kvs::kernel {
namespace {

TEST_F(CommandLineTest, HelpListsEveryCommand) {
  EXPECT_EQ(Run({"--help"}), kExitOk);

  for (const Command* command : Commands())
    EXPECT_NE(out_.find(command->name), std::string::npos) << command->name;
  EXPECT_NE(out_.find("exit codes"), std::string::npos);
}

TEST_F(CommandLineTest, NoCommandShowsHelpAndFails) {
  EXPECT_EQ(Run({}), kExitUsage);
  EXPECT_NE(out_.find("usage: kvasir COMMAND"), std::string::npos);
}

TEST_F(CommandLineTest, EveryCommandHasHelp) {
  for (const Command* command : Commands()) {
    std::vector<std::string> words;
    for (std::string_view rest = command->name; !rest.empty();) {
      const size_t blank = rest.find(' ');
      words.emplace_back(rest.substr(0, blank));
      rest = blank == std::string_view::npos ? "" : rest.substr(blank + 1);
    }
    words.push_back("--help");

    EXPECT_EQ(Run(words), kExitOk) << command->name;
    EXPECT_TRUE(out_.starts_with(StrCat("usage: kvasir ", command->name))) << out_;
    for (const OptionSpec& option : command->options)
      EXPECT_NE(out_.find(StrCat("--", option.name)), std::string::npos);
  }
}

TEST_F(CommandLineTest, HelpMayComeFirst) {
  EXPECT_EQ(Run({"help", "check"}), kExitOk);
  EXPECT_TRUE(out_.starts_with("usage: kvasir check"));
}

TEST_F(CommandLineTest, TheFirstOfTwoWordsHasHelpToo) {
  EXPECT_EQ(Run({"plugins", "--help"}), kExitOk);
  EXPECT_TRUE(out_.starts_with("usage: kvasir plugins COMMAND"));
  EXPECT_NE(out_.find("plugins list"), std::string::npos);
  const std::string once = out_;
  EXPECT_EQ(Run({"help", "plugins"}), kExitOk);
  EXPECT_EQ(out_, once);
}

TEST_F(CommandLineTest, UnknownCommandsAreExplained) {
  EXPECT_EQ(Run({"chekc"}), kExitUsage);
  EXPECT_EQ(err_, "kvasir: there is no command \"chekc\"; did you mean \"check\"?\n");
  EXPECT_EQ(Run({"plugins"}), kExitUsage);
  EXPECT_EQ(err_, "kvasir: \"plugins\" needs a second word: `kvasir plugins list`\n");
  EXPECT_EQ(Run({"zzzzzz"}), kExitUsage);
  EXPECT_EQ(err_, "kvasir: there is no command \"zzzzzz\"; `kvasir --help` lists what there is\n");
}

TEST_F(CommandLineTest, WrongOperandsAreExplained) {
  EXPECT_EQ(Run({"describe"}), kExitUsage);
  EXPECT_EQ(err_,
            "kvasir describe: no TYPE given\n`kvasir describe --help` explains what it takes\n");
  EXPECT_EQ(Run({"version", "x"}), kExitUsage);
  EXPECT_EQ(Run({"check"}), kExitUsage);
  EXPECT_NE(err_.find("--config configs/all-in-one.toml"), std::string::npos);
  EXPECT_EQ(Run({"check", "a", "--config", "b"}), kExitUsage);
  EXPECT_EQ(Run({"graph", "a", "--format", "svg"}), kExitUsage);
  EXPECT_EQ(Run({"check", "--jsn"}), kExitUsage);
}

TEST_F(CommandLineTest, VersionNamesTheAbi) {
  EXPECT_EQ(Run({"version"}), kExitOk);
  EXPECT_TRUE(out_.starts_with("kvasir "));
  EXPECT_NE(out_.find("\nabi 1."), std::string::npos);
  EXPECT_EQ(Run({"--version"}), kExitOk);
}

TEST_F(CommandLineTest, CheckOfAMissingFileFailsWithOneComplaint) {
  EXPECT_EQ(Run({"check", "none.toml"}), kExitFailed);
  EXPECT_EQ(
      err_,
      "error[C001]: cannot read none.toml: No such file or directory\n\n1 error, 0 warnings\n");
  EXPECT_EQ(out_, "");
}

TEST_F(CommandLineTest, CheckReportsModulesAndComponentsTogether) {
  fake_.files["t.toml"] =
      "[plugins]\nload = [\"net.nope\"]\n[component.a]\ntype = \"net.nope\"\n[component.b]\ntype = "
      "\"other\"\n";

  EXPECT_EQ(Run({"check", "--config", "t.toml"}), kExitFailed);

  EXPECT_NE(err_.find("error[M001]"), std::string::npos) << err_;
  EXPECT_NE(err_.find("looked at /nowhere/lib/kvasir/plugins/net.nope.so"), std::string::npos)
      << err_;
  EXPECT_NE(err_.find("unknown component type \"other\""), std::string::npos) << err_;
  EXPECT_EQ(err_.find("unknown component type \"net.nope\""), std::string::npos) << err_;
}

TEST_F(CommandLineTest, CheckPrintsJsonForPrograms) {
  fake_.files["t.toml"] = "[component.b]\ntype = \"other\"\n";

  EXPECT_EQ(Run({"check", "--json", "t.toml"}), kExitFailed);

  EXPECT_TRUE(out_.starts_with("[\n {\"severity\": \"error\", \"code\": \"P001\"")) << out_;
  EXPECT_EQ(err_, "");
}

TEST_F(CommandLineTest, GraphOfABrokenFilePrintsNoGraph) {
  fake_.files["t.toml"] = "[component.b]\ntype = \"other\"\n";

  EXPECT_EQ(Run({"graph", "t.toml"}), kExitFailed);
  EXPECT_EQ(out_, "");
}

TEST_F(CommandLineTest, PluginsListOfAnEmptyFolderSaysWhere) {
  EXPECT_EQ(Run({"plugins", "list"}), kExitOk);
  EXPECT_NE(err_.find("there are no modules in /nowhere/lib/kvasir/plugins"), std::string::npos);
  EXPECT_EQ(Run({"plugins", "list", "--json"}), kExitOk);
  EXPECT_EQ(out_, "[]\n");
}

TEST_F(CommandLineTest, PluginCheckOfNoModuleFails) {
  EXPECT_EQ(Run({"plugin-check", "/no/such.so"}), kExitFailed);
  EXPECT_TRUE(out_.starts_with("FAIL  the module loads"));
}

TEST_F(CommandLineTest, ProgramsBesideItAreCommands) {
  prefix_ = ::testing::TempDir() + "kvs_command_test";
  ASSERT_EQ(
      system(StrCat("rm -rf ", prefix_, " && mkdir -p ", prefix_,
                    "/libexec/kvasir && printf '#!/bin/sh\\necho \"$@\" >", prefix_,
                    "/args; exit 7\\n' >", prefix_, "/libexec/kvasir/kvasir-extra && chmod +x ",
                    prefix_, "/libexec/kvasir/kvasir-extra")
                 .c_str()),
      0);

  EXPECT_EQ(Run({"--help"}), kExitOk);
  EXPECT_NE(out_.find("also installed: extra"), std::string::npos);
  EXPECT_EXIT(Run({"extra", "a", "b c"}), ::testing::ExitedWithCode(7), "");
  EXPECT_EQ(*Environment::Process().read_file(prefix_ + "/args"), "a b c\n");
}

}  // namespace
}  // namespace kvs::kernel
