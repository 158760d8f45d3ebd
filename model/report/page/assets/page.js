// Draws the charts and lets the flame graphs be walked through. The page is whole without it.
(function () {
  "use strict";

  // --- Charts ---

  function draw(figure) {
    var place = figure.querySelector(".drawing");
    var spec = JSON.parse(figure.querySelector("script").textContent);
    place.hidden = false;
    var width = place.clientWidth;
    spec.width = width;
    // With the interpreter no expression is compiled, so that the page's policy can forbid it.
    var view = new vega.View(vega.parse(spec, null, { ast: true }), {
      expr: vega.expressionInterpreter,
      renderer: "svg",
      container: place,
      hover: false
    });
    view.description(place.dataset.description);
    return view.runAsync().then(function () {
      figure.dataset.drawn = "yes";
      new ResizeObserver(function () {
        if (place.clientWidth > 0 && place.clientWidth !== width) {
          width = place.clientWidth;
          view.width(width).runAsync();
        }
      }).observe(place);
    });
  }

  function drawAll() {
    if (!window.vega) {
      return Promise.resolve();
    }
    return Promise.all(
      Array.from(document.querySelectorAll("figure.chart"), function (figure) {
        return Promise.resolve(figure).then(draw).catch(function (error) {
          figure.dataset.drawn = "no";
          console.error("chart '" + figure.querySelector("figcaption").textContent + "': " + error);
        });
      })
    );
  }

  // --- Flame graphs: arrows move, Enter enlarges a frame, Escape shows all again ---

  function flame(figure) {
    var frames = Array.from(figure.querySelectorAll(".frames button"), function (button) {
      return {
        button: button,
        level: parseFloat(button.style.top),
        left: parseFloat(button.style.left),
        width: parseFloat(button.style.width)
      };
    });
    if (frames.length === 0) {
      return;
    }
    var told = figure.querySelector(".told");
    var all = { left: 0, width: 100 };
    var shown = all;
    var current = frames[0];
    told.hidden = false;

    function visible(frame) {
      return frame.left < shown.left + shown.width - 1e-9 && frame.left + frame.width > shown.left + 1e-9;
    }
    function tell(frame) {
      told.textContent = frame.button.title + (shown === all ? "" : " (Escape shows all)");
    }
    function show(part) {
      shown = part;
      frames.forEach(function (frame) {
        var left = Math.max(frame.left, shown.left);
        var right = Math.min(frame.left + frame.width, shown.left + shown.width);
        frame.button.hidden = !visible(frame);
        frame.button.style.left = ((left - shown.left) / shown.width) * 100 + "%";
        frame.button.style.width = ((right - left) / shown.width) * 100 + "%";
      });
    }
    function go(frame) {
      if (frame) {
        current.button.tabIndex = -1;
        current = frame;
        current.button.tabIndex = 0;
        current.button.focus();
      }
    }
    function neighbours(level) {
      return frames.filter(function (frame) {
        return visible(frame) && frame.level === level;
      });
    }
    function beside(step) {
      var row = neighbours(current.level);
      return row[row.indexOf(current) + step];
    }
    function over(direction) {
      var middle = Math.max(current.left, shown.left) + Math.min(current.width, shown.width) / 2;
      var row = neighbours(current.level + direction * level);
      return (
        row.find(function (frame) {
          return frame.left <= middle && middle < frame.left + frame.width;
        }) ||
        (direction > 0 &&
          row.find(function (frame) {
            return frame.left >= current.left && frame.left < current.left + current.width;
          }))
      );
    }

    var level = 22;
    current.button.tabIndex = 0;
    frames.forEach(function (frame) {
      frame.button.addEventListener("focus", function () {
        tell(frame);
      });
      frame.button.addEventListener("click", function () {
        go(frame);
        show(shown.left === frame.left && shown.width === frame.width ? all : frame);
        tell(frame);
      });
      frame.button.addEventListener("mouseenter", function () {
        tell(frame);
      });
    });
    figure.querySelector(".frames").addEventListener("keydown", function (event) {
      var target = {
        ArrowLeft: function () { return beside(-1); },
        ArrowRight: function () { return beside(1); },
        ArrowUp: function () { return over(-1); },
        ArrowDown: function () { return over(1); },
        Home: function () { return neighbours(frames[0].level)[0]; }
      }[event.key];
      if (target) {
        event.preventDefault();
        go(target());
      } else if (event.key === "Escape" && shown !== all) {
        event.preventDefault();
        show(all);
        tell(current);
      }
    });
  }

  // --- Only what can be scrolled is a stop for the Tab key ---

  function stops() {
    document.querySelectorAll(".scroll, pre").forEach(function (box) {
      var scrolls = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
      if (scrolls) {
        box.tabIndex = 0;
      } else {
        box.removeAttribute("tabindex");
      }
    });
  }

  document.querySelectorAll("figure.flame").forEach(flame);
  stops();
  window.addEventListener("resize", stops);
  document.addEventListener("toggle", stops, true);
  drawAll().then(function () {
    document.documentElement.dataset.ready = "yes";
  });
})();
