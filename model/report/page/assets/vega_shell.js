/*! Vega, (c) 2015-2021 University of Washington Interactive Data Lab, BSD-3-Clause; with parts of D3, (c) 2010-2021
    Mike Bostock, BSD-3-Clause and ISC. The licences stand in full at the end of the page. */
// Debian ships Vega as modules for Node, each a file. Here they find each other through require().
(function () {
  "use strict";
  var files = {};
  var loaded = {};
  function require(name) {
    // One file's name lacks the last letter of its package's.
    var key = name === "vega-selections" ? "vega-selection" : name;
    if (!(key in loaded)) {
      if (!(key in files)) {
        throw new Error("Vega's module " + name + " is not in this page");
      }
      var module = { exports: (loaded[key] = {}) };
      files[key](module, module.exports, require);
      loaded[key] = module.exports;
    }
    return loaded[key];
  }
/* the modules */
  Object.assign(
    require("vega-dataflow").transforms,
    require("vega-transforms"),
    require("vega-view-transforms"),
    require("vega-encode")
  );
  window.vega = {
    parse: require("vega-parser").parse,
    View: require("vega-view").View,
    expressionInterpreter: require("vega-interpreter").expressionInterpreter
  };
})();
